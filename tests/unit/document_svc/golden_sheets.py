"""A dozen sheets whose pictures are kept: `python -m tests.unit.document_svc.golden_sheets` renews
the pictures in `golden/`, to be looked at before they are committed."""

from collections.abc import Callable
from pathlib import Path

import pypdfium2
from document_svc.preview import Draft, preview
from document_svc.sheet import Continued
from document_svc.stamping import Hand, Part, put_opinion
from document_svc.typesetting import STANDARD
from document_svc.voiding import void_copy
from PIL import Image

from shared.contracts.people import BusinessType
from shared.contracts.request import Certificate, SealCount, Seals
from tests.unit.document_svc.examples import (
    ORGANISATION,
    RARE,
    SUBMITTED_AT,
    credential,
    drawing,
    file,
    form,
    fully_sealed,
    opinion,
    person,
    sealed,
    sheet,
)

FOLDER = Path(__file__).parent / "golden"
DPI = 50
LONG = ("经审核，该合同条款、经费来源与知识产权归属符合学校规定，请按程序办理，" * 40)[:1000]


def _continued() -> bytes:
    one = Continued("审批部门意见", "科研部", LONG, "审批人", "韦宇", "2026年03月02日")
    hand = Hand(drawing("澄岚大学科研部"), credential("科研部"))
    base = sealed(sheet(continued=[one]), "applying_unit", "计算机学院")
    return put_opinion(base, "approving_department", opinion("科研部", LONG), hand, continued=True)


def _without_contract() -> bytes:
    pdf = sheet(form(horizontal_contract=False, contract_files=()))
    pdf = sealed(pdf, "applying_unit", "计算机学院", "同意。材料经学院学术委员会审议，内容属实。")
    pdf = sealed(pdf, "approving_department", "科研部", "同意用印。")
    return sealed(pdf, Part(0, 1), "财务部", "经费已核。")


def _names_and_files() -> bytes:
    long = "国家自然科学基金重点项目“高维随机微分方程的数值方法”合作研究协议（中英文对照版）" * 2
    names = [f"Agreement_on_Research_Cooperation_{'very_' * 8}final_v{n}.pdf" for n in range(4)]
    row = form().materials[0].model_copy(update={"name": long, "files": tuple(map(file, names))})
    return fully_sealed(sheet(form(materials=2).model_copy(update={"materials": (row, row)})))


def _everything_asked() -> bytes:
    asked = Seals(
        university=SealCount(count=12, place="第1项用印材料2,3,5至17页；第2项末页；第3项骑缝"),
        president=SealCount(count=3, place="第1项用印材料3页"),
        party_committee=SealCount(count=1, place="第2项末页"),
    )
    copies = Certificate(count=2, purpose="国际合作项目申报及海外机构尽职调查（仅限本次使用）")
    return sheet(form(seals=asked, legal_certificate=copies, legal_id_copy=copies))


SHEETS: dict[str, Callable[[], bytes]] = {
    "unsealed": sheet,
    "without-contract": _without_contract,
    "two-countersigners": lambda: fully_sealed(sheet(), text="同意用印，份数与用章位置已核对。"),
    "four-countersigners": lambda: fully_sealed(sheet(), countersigners=4),
    "twelve-countersigners": lambda: fully_sealed(sheet(countersigners=12), countersigners=12),
    "long-opinion": _continued,
    "forty-rows": lambda: sheet(form(materials=40)),
    "long-names": _names_and_files,
    "rare-characters": lambda: fully_sealed(
        sheet(form(applicant_name=RARE, handler_name="𠮷野 Łukasz 〇 𰻞")), text="同意，㛃䶮𠮷。"
    ),
    "everything-asked": _everything_asked,
    "void": lambda: void_copy(fully_sealed(sheet())),
    "preview": lambda: preview(
        Draft(business_type=BusinessType.RESEARCH),
        by=person("沈芷珺"),
        at=SUBMITTED_AT,
        units={},
        organisation=ORGANISATION,
        template=STANDARD,
    ),
}


def picture(pdf: bytes) -> Image.Image:
    """All pages side by side, in sixteen greys."""
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    pages = [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in document]
    whole = Image.new("L", (sum(page.width for page in pages), max(page.height for page in pages)))
    left = 0
    for page in pages:
        whole.paste(page, (left, 0))
        left += page.width
    return whole.point([value // 17 * 17 for value in range(256)])


def main() -> None:
    for name, make in SHEETS.items():
        picture(make()).quantize(16).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
