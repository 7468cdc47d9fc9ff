"""An office with work on its desk: requests in every state, made the way people make them."""

from dataclasses import dataclass
from typing import Any

from demo import files, verbs
from demo.hall import Hall, Visitor

Json = dict[str, Any]
PASSWORD = "sealflow-demo"

APPLICANT = "shenzhijun"
OFFICE = "lukun"
HEAD = "qinmingyuan"
REVIEWER = "hezhe"
COUNTERSIGNERS = (("gujing", "财务部"), ("ouyangchong", "科技成果转化部"))
COUNSEL = "yanzhengyi"
SEAL_KEEPER = "xueyu"

NAMES = (
    "国家重点研发计划任务书",
    "横向课题技术服务合同",
    "本科教学实习基地协议",
    "学术会议主办承诺函",
    "联合实验室共建备忘录",
    "科研仪器免税进口申报表",
    "成果鉴定申请书",
    "博士后联合培养协议",
)


@dataclass(frozen=True)
class Office:
    """People of the demonstration university, at one product."""

    hall: Hall

    async def person(self, login: str) -> Visitor:
        return await self.hall.signed_in(login)

    async def request(
        self, name: str, *, applicant: str = APPLICANT, copies: int = 2, contract: bool = False
    ) -> str:
        """A request of 计算机学院, submitted. Returns: its id."""
        who = await self.person(applicant)
        draft = await verbs.draft(who, "research")
        pages = [[name, f"第{number}页"] for number in ("一", "二", "三")]
        file = await verbs.upload(who, draft, f"{name}.pdf", files.document("材料.pdf", pages))
        form = await self._form(who, name, file["id"], copies)
        if contract:
            reply = await verbs.upload(who, draft, "法律办回复截屏.png", files.photo())
            form |= {"horizontal_contract": True, "contract_files": [reply["id"]]}
        draft = await verbs.save(who, draft, form)
        answer = await verbs.submit(who, draft)
        verbs.check(answer.status == 201, f"submitting: {answer.status} {answer.content!r}")
        return str(draft["id"])

    async def _form(self, who: Visitor, name: str, file_id: str, copies: int) -> Json:
        departments = "/request/departments?business_type=research"
        seal = {"count": copies, "place": "第1项用印材料第3页"}
        return {
            "commitment": True,
            "unit_id": await verbs.named(who, "/request/units", "计算机学院"),
            "approving_department_id": await verbs.named(who, departments, "科研部"),
            "applicant_name": who.name,
            "applicant_mobile": "19900000029",
            "handler_name": "梁荻锦",
            "handler_mobile": "19900000030",
            "materials": [{"row_id": "1", "name": name, "copies": copies, "files": [file_id]}],
            "power_of_attorney": False,
            "horizontal_contract": False,
            "seals": {"university": seal},
        }

    async def decide(
        self,
        login: str,
        request_id: str,
        verdict: str = "agree",
        opinion: str = "同意。",
        **more: Any,
    ) -> None:
        who = await self.person(login)
        await verbs.decide(who, await verbs.task(who, request_id), verdict, opinion, **more)

    async def agreed_by(self, request_id: str, *logins: str) -> None:
        for login in logins:
            await self.decide(login, request_id)

    async def task_id(self, login: str, request_id: str, *, kind: str = "approve") -> str:
        who = await self.person(login)
        return str((await verbs.task(who, request_id, kind=kind))["task_id"])
