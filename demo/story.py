"""The story: one request from 暂存 to 已办结, returned once on its way, as people would do it.

`python -m demo` tells it to a reader, `tests/journeys` to the tests. Each act ends with what must
then be so; the first thing that is not stops the story with `Unexpected`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo import files, proof, verbs
from demo.hall import Hall, Unexpected, Visitor, until
from demo.script import Directory, Script
from demo.sheet import check_sheet
from demo.telling import Step, Telling, expected, shown
from demo.verbs import Json, check
from shared.contracts.people import Post


@dataclass(frozen=True)
class Ending:
    request_id: str
    number: str  # 编号
    sheet: bytes  # the sealed sheet, a PDF
    seals: tuple[str, ...]  # the units whose seals are on it, in the order they were put
    steps: tuple[Step, ...]


async def tell(
    url: str,
    *,
    on_step: Callable[[Step], None] = lambda _step: None,
    visitor: type[Visitor] = Visitor,
) -> Ending:
    """Tells all of it. Raises: Unexpected with what was not as it should be."""
    async with Hall(url, visitor=visitor) as hall:
        story = Story(hall, Script.load(), Directory.load())
        await story.begin(on_step)
        await story.apply()
        await story.is_returned()
        await story.correct()
        await story.unit_agrees()
        await story.departments_agree()
        await story.is_approved()
        await story.is_sealed()
        return await story.ending()


class Story:
    """The acts, in their order. Shorter journeys use the first ones and go their own way."""

    def __init__(self, hall: Hall, script: Script, directory: Directory) -> None:
        self.hall = hall
        self.text = script.request
        self.cast = script.cast
        self.opinions = script.opinions
        self.correction = script.correction
        self.directory = directory
        self.applicant: Visitor
        self.telling: Telling
        self.draft: Json = {}
        self.business_type = ""
        self.tracking_number = ""
        self.number = ""

    @property
    def request_id(self) -> str:
        return str(self.draft["id"])

    async def begin(self, on_step: Callable[[Step], None] = lambda _step: None) -> None:
        self.applicant = await self.hall.signed_in(self.cast.applicant)
        self.telling = Telling(self.applicant, on_step)
        matter = await self.applicant.ask("GET", "/request/matters/seal-use")
        names = {each["key"]: each["name"] for each in matter["business_types"]}
        self.business_type = names[self.text.business_type]
        await self.telling.step(self.applicant, f"登录，打开“{matter['name']}”")

    async def apply(self) -> None:
        await self.save_half()
        await self.upload_everything()
        await self.submit_incomplete()
        await self.submit()

    async def save_half(self) -> None:
        """暂存 with next to nothing in it; what is opened again is what was saved."""
        who = self.applicant
        self.draft = await verbs.draft(who, self.text.business_type)
        form = {"applicant_name": who.name, "materials": [{"row_id": "1", "copies": 4}]}
        self.draft = await verbs.save(who, self.draft, form)
        again = await who.ask("GET", f"/request/drafts/{self.request_id}")
        check(again["form"] == self.draft["form"], "the draft is not as it was saved")
        check(again["form"]["applicant_name"] == who.name, "the saved name is gone")
        await self.telling.step(who, f"选择业务类型“{self.business_type}”，暂存草稿")

    async def upload_everything(self) -> None:
        who, form = self.applicant, await self._form()
        for row, material in enumerate(self.text.materials, start=1):
            file = await verbs.upload(
                who, self.draft, material.file, files.document(material.file, material.lines)
            )
            pages = len(material.lines) if material.file.endswith(".pdf") else None
            check(file["pages"] == pages, f"{file['name']}: {file['pages']} pages, not {pages}")
            form["materials"].append(
                {
                    "row_id": str(row),
                    "name": material.name,
                    "copies": material.copies,
                    "files": [file["id"]],
                }
            )
            await self.telling.step(who, f"上传用印材料 {shown(file)}")
        file = await verbs.upload(who, self.draft, self.text.contract.file, files.photo())
        form["contract_files"] = [file["id"]]
        await self.telling.step(who, f"上传横向合同附件 {shown(file)}")
        self.draft = await verbs.save(who, self.draft, form | {"commitment": False})

    async def submit_incomplete(self) -> None:
        """Without the commitment it is refused, and says which field is meant."""
        refused = await verbs.submit(self.applicant, self.draft)
        fields = [error["field"] for error in (refused.body or {}).get("errors", ())]
        check(
            refused.status == 422 and fields == ["form.commitment"],
            f"submitting without the commitment: {refused.status} {fields}",
        )
        await self.telling.step(self.applicant, "正式提交 —— 被拒绝：承诺未勾选")

    async def submit(self) -> None:
        """With everything; the same submission a second time is answered alike, and done once."""
        who, form = self.applicant, self.draft["form"] | {"commitment": True}
        self.draft = await verbs.save(who, self.draft, form)
        answers = [
            await verbs.submit(who, self.draft, key="story-" + self.request_id) for _ in "12"
        ]
        check(
            [answer.status for answer in answers] == [201, 201]
            and answers[0].body == answers[1].body
            and answers[0].body["revision"] == 1,
            f"submitting twice with one key: {[answer.content for answer in answers]}",
        )
        self.tracking_number = answers[0].body["tracking_number"]
        check(answers[0].body["request_id"] == self.request_id, "a request has its draft's id")
        self.telling.request_id = self.request_id
        await self._arrives_at_office(f"正式提交，受理号 {self.tracking_number}")

    async def is_returned(self) -> None:
        """The first of the office returns it; everyone sees why, and what was sealed is void."""
        who = await self.hall.signed_in(self.cast.office[0])
        task = await verbs.task(who, self.request_id)
        await self._files_can_be_read(who, task["form"])
        await verbs.decide(who, task, "return", self.opinions.returned)
        request = await verbs.request_reaches(self.applicant, self.request_id, status="returned")
        check(
            request["returned"]["opinion"] == self.opinions.returned
            and request["returned"]["by"]["name"] == who.name,
            f"returned by {who.name}, the request says {request['returned']}",
        )
        await self._sheet_is(revision=1, state="void", seals=[])
        await self.telling.step(
            who,
            f"单位办公室工作人员审批：退回 —— {self.opinions.returned}",
            expected("returned", self.applicant.name),
        )

    async def correct(self) -> None:
        """The same request, its next revision, the same 受理号."""
        who = self.applicant
        self.draft = await who.ask("GET", f"/request/drafts/{self.request_id}")
        form = self.draft["form"]
        form["materials"][0]["copies"] = self.correction.copies
        self.draft = await verbs.save(who, self.draft, form | {"commitment": True})
        answer = await verbs.submit(who, self.draft)
        receipt = answer.body
        check(
            answer.status == 201
            and (receipt["tracking_number"], receipt["revision"]) == (self.tracking_number, 2),
            f"submitting again: {answer.status} {answer.content!r}",
        )
        await self._arrives_at_office(f"更正份数为 {self.correction.copies}，重新提交")

    async def unit_agrees(self) -> None:
        unit = self.text.unit
        await self._agree(
            self.cast.office[1],
            "单位办公室工作人员审批",
            self.opinions.office,
            then=self.directory.names(unit, Post.HEAD),
        )
        department = self.text.approving_department
        await self._agree(
            self.cast.head,
            "申请部门意见",
            self.opinions.head,
            then=self.directory.names(department, Post.REVIEWER),
        )

    async def departments_agree(self) -> None:
        """The approving department names two more; they agree one after the other, then counsel."""
        countersigners = self.cast.countersigners
        await self._agree(
            self.cast.reviewer,
            "审批部门意见",
            self.opinions.reviewer,
            countersign=[countersigner.unit for countersigner in countersigners],
            then=[name for each in countersigners for name in self._reviewers(each.unit)],
        )
        last = len(countersigners) - 1
        for number, countersigner in enumerate(countersigners):
            await self._agree(
                countersigner.login,
                f"会签部门意见（{countersigner.unit}）",
                self.opinions.countersign[number],
                then=self._reviewers(self.text.legal_counsel) if number == last else [],
            )
        await self._agree(
            self.cast.counsel,
            "校长法律顾问办公室意见",
            self.opinions.counsel,
            then=self.directory.names(self.text.seal_office, Post.SEAL_KEEPER),
        )

    async def is_approved(self) -> None:
        """督查室's final check gives the 编号; the handler is asked to come."""
        who = await self.hall.signed_in(self.cast.seal_keeper)
        task = await verbs.task(who, self.request_id)
        await verbs.decide(who, task, "agree", self.opinions.seal_keeper)
        request = await verbs.request_reaches(self.applicant, self.request_id, status="approved")
        self.number = request["number"]
        check(self.number, "an approved request has its official number")
        keepers = self.directory.names(self.text.seal_office, Post.SEAL_KEEPER)
        await self.telling.step(
            who,
            f"督查室审核：同意，编号 {self.number}",
            expected("approved", self.applicant.name),
            expected("approved", self.cast.handler, channels=("sms",)),
            expected("task_assigned", *keepers),
        )

    async def is_sealed(self) -> None:
        """现场用印, as much as was approved; then it is 已办结."""
        who = await self.hall.signed_in(self.cast.seal_keeper)
        await verbs.task(who, self.request_id, kind="register")
        await self._sheet_is(revision=2, state="current", seals=self._all_seals())
        copies = self.correction.copies + self.text.materials[1].copies
        uses: list[Json] = [
            {"item": "university", "count": copies},
            {"item": "president", "count": self.correction.copies},
            {"item": "legal_certificate", "count": 1},
        ]
        await verbs.register_sealing(who, self.request_id, uses)
        await verbs.request_reaches(self.applicant, self.request_id, status="completed")
        await self.telling.step(
            who,
            f"现场用印：校章 {copies} 个，校长章 {self.correction.copies} 个，法人证书 1 份",
            expected("completed", self.applicant.name),
        )

    async def ending(self) -> Ending:
        """The sheet in hand: who sealed it, whether it is what the hall says, what others see."""
        seals = self._all_seals()
        sheet = await self._sheet_is(revision=2, state="current", seals=seals)
        answer = await self.applicant.call("GET", f"/document/requests/{self.request_id}/sheet")
        check_sheet(
            answer.content,
            sha256=sheet["sha256"],
            pages=sheet["pages"],
            signatures=len(seals),
        )
        who = self.applicant
        private = (who.name, self.cast.handler, self.cast.handler_mobile)
        await proof.anyone_can_verify(self.hall.anyone, sheet, number=self.number, private=private)
        stranger = await self.hall.signed_in(self.cast.stranger)
        await proof.sees_nothing(stranger, self.request_id)
        await proof.decided_as(who, self.request_id, await self._decisions())
        await self.telling.step(who, f"下载pdf：{len(seals)} 个印章与数字签名，查验无误")
        steps, units = tuple(self.telling.steps), tuple(unit for _, unit in seals)
        return Ending(self.request_id, self.number, answer.content, units, steps)

    def _all_seals(self) -> list[tuple[str | None, str]]:
        """(place, unit) in the order they are put; 督查室's certifies the number."""
        return [
            ("applying_unit", self.text.unit),
            ("approving_department", self.text.approving_department),
            *(("countersign", each.unit) for each in self.cast.countersigners),
            ("legal_counsel", self.text.legal_counsel),
            (None, self.text.seal_office),
        ]

    async def _form(self) -> Json:
        """Everything but the files."""
        who, text = self.applicant, self.text
        departments = f"/request/departments?business_type={text.business_type}"
        copies = self.correction.copies + text.materials[1].copies
        return {
            "unit_id": await verbs.named(who, "/request/units", text.unit),
            "approving_department_id": await verbs.named(
                who, departments, text.approving_department
            ),
            "applicant_name": who.name,
            "applicant_mobile": text.applicant_mobile,
            "handler_name": self.cast.handler,
            "handler_mobile": self.cast.handler_mobile,
            "materials": [],
            "power_of_attorney": False,
            "horizontal_contract": True,
            "contract_files": [],
            "seals": {
                "university": {"count": copies, "place": text.university_seal_place},
                "president": {"count": self.correction.copies, "place": text.president_seal_place},
                "party_committee": {"count": 0, "place": ""},
            },
            "legal_certificate": {"count": 1, "purpose": text.certificate_purpose},
            "legal_id_copy": {"count": 0, "purpose": ""},
        }

    async def _arrives_at_office(self, did: str) -> None:
        """Submitted: the unit's office has it to do, and is told."""
        request = await verbs.request_reaches(
            self.applicant,
            self.request_id,
            status="in_progress",
            current_nodes=["单位办公室工作人员审批"],
        )
        check(request["number"] is None, "an official number before every approval is done")
        await self.telling.step(
            self.applicant,
            did,
            expected("advanced", self.applicant.name),
            expected("task_assigned", *self.directory.names(self.text.unit, Post.OFFICE_STAFF)),
        )

    async def _agree(
        self,
        login: str,
        node: str,
        opinion: str,
        *,
        then: list[str],
        countersign: list[str] | None = None,
    ) -> None:
        """`then`: whose task it is next; nobody's while another department still has its own."""
        who = await self.hall.signed_in(login)
        task = await verbs.task(who, self.request_id)
        check(node.startswith(task["node"]["name"]), f"{who.name} is at {task['node']['name']}")
        choices = {choice["name"]: choice["id"] for choice in task["countersign_choices"]}
        await verbs.decide(
            who, task, "agree", opinion, countersign=[choices[unit] for unit in countersign or ()]
        )
        sent = [expected("advanced", self.applicant.name), expected("task_assigned", *then)]
        await self.telling.step(who, f"{node}：同意 —— {opinion}", *(sent if then else []))

    async def _decisions(self) -> list[tuple[str, str]]:
        """Who gave which verdict, in order."""
        logins = [
            (self.cast.office[0], "return"),
            (self.cast.office[1], "agree"),
            (self.cast.head, "agree"),
            (self.cast.reviewer, "agree"),
            *((each.login, "agree") for each in self.cast.countersigners),
            (self.cast.counsel, "agree"),
            (self.cast.seal_keeper, "agree"),
        ]
        return [((await self.hall.signed_in(login)).name, verdict) for login, verdict in logins]

    def _reviewers(self, unit: str) -> list[str]:
        return self.directory.names(unit, Post.REVIEWER)

    async def _files_can_be_read(self, who: Visitor, form: Json) -> None:
        """An approver gets each file as it was uploaded."""
        for file in (file for material in form["materials"] for file in material["files"]):
            path = f"/request/requests/{self.request_id}/files/{file['id']}"
            answer = await who.call("GET", path)
            digest = hashlib.sha256(answer.content).hexdigest()
            check(digest == file["sha256"], f"{file['name']}: {answer.status}, other content")

    async def _sheet_is(
        self, *, revision: int, state: str, seals: list[tuple[str | None, str]]
    ) -> Json:
        """The sheet of the revision, as soon as it has exactly these seals: (place, unit)."""
        path, seen = f"/document/requests/{self.request_id}/sheets", list[Any]()

        async def look() -> Json | None:
            answer = await self.applicant.call("GET", path)
            items = answer.body["items"] if answer.status == 200 else []
            seen[:] = [answer.status, *(map(_sealing, items))]
            wanted = (revision, state, seals)
            return next((sheet for sheet in items if _sealing(sheet) == wanted), None)

        try:
            return await until(f"sheet {revision} is {state} with {len(seals)} seals", look)
        except Unexpected as error:
            raise Unexpected(f"{error}; there is {seen}") from None


def _sealing(sheet: Json) -> tuple[int, str, list[tuple[str | None, str]]]:
    seals = [(seal["place"], seal["unit"]["name"]) for seal in sheet["seals"]]
    return sheet["revision"], sheet["state"], seals
