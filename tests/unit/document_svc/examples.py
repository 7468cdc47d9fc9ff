"""A submitted revision, opinions and seals to make sheets from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID, uuid5

import pikepdf
import pypdfium2
from document_svc.certificates import create_authority, issue
from document_svc.keys import Credential, PassphraseKeys
from document_svc.layout import MOST_TILES
from document_svc.seal import draw_seal
from document_svc.sheet import Continued, SheetContent, base_sheet
from document_svc.stamping import Hand, Opinion, Part, put_number, put_opinion

from shared.contracts.people import BusinessType, Person, Unit
from shared.contracts.request import (
    Certificate,
    Commitment,
    Material,
    RequestSubmitted,
    SealCount,
    Seals,
    SealUseForm,
    StoredFile,
)
from shared.organisation import Organisation
from tests.conftest import ROOT

NAMES = UUID("6f1f0f0e-7d7a-4c6e-9a52-5f0c1f3f3c11")
SUBMITTED_AT = datetime(2026, 3, 1, 3, 42, tzinfo=UTC)
SIGNED_AT = SUBMITTED_AT + timedelta(days=1)
PASSPHRASE = "a passphrase for tests"
KEYS = PassphraseKeys(PASSPHRASE)
CODE = "abcdefghijklmnopqrstuvwxyz"
RARE = "喆堃珺玥祎赟旸镕頔䶮㛃翀龑𬀩"

ORGANISATION = Organisation.load(ROOT / "deploy" / "demonstration" / "organisation.toml")


def unit(name: str) -> Unit:
    return Unit(id=uuid5(NAMES, name), name=name)


def person(name: str) -> Person:
    return Person(id=uuid5(NAMES, name), name=name)


def file(name: str) -> StoredFile:
    return StoredFile(
        id=uuid5(NAMES, name),
        name=name,
        sha256=f"{len(name):064x}",
        bytes=1000,
        media_type="application/pdf",
        pages=12,
    )


def _materials(count: int) -> tuple[Material, ...]:
    return tuple(
        Material(
            row=n,
            name=f"第{n}份材料：横向技术开发（委托）合同",
            copies=n,
            files=(file(f"合同{n}.pdf"),),
        )
        for n in range(1, count + 1)
    )


def form(materials: int | tuple[Material, ...] = 3, **changes: Any) -> SealUseForm:
    """A complete form; `changes` replace single fields."""
    rows = materials if isinstance(materials, tuple) else _materials(materials)
    fields: dict[str, Any] = {
        "business_type": BusinessType.RESEARCH,
        "commitment": Commitment(by=person("沈芷珺"), at=SUBMITTED_AT),
        "unit": unit("计算机学院"),
        "approving_department": unit("科研部"),
        "applicant_name": "王罗珺",
        "applicant_mobile": "13800000001",
        "handler_name": "李玥祎",
        "handler_mobile": "13800000002",
        "materials": rows,
        "power_of_attorney": False,
        "horizontal_contract": True,
        "contract_files": (file("法律办回复.png"),),
        "seals": Seals(
            university=SealCount(count=2, place="第1项用印材料2,3页；第2项末页"),
            president=SealCount(count=1, place="第1项用印材料3页"),
            party_committee=SealCount(count=0, place=""),
        ),
        "legal_certificate": Certificate(count=1, purpose="科研项目申报"),
        "legal_id_copy": Certificate(count=0, purpose=""),
    }
    return SealUseForm(**{**fields, **changes})


def submitted(form_: SealUseForm | None = None, *, revision: int = 1) -> RequestSubmitted:
    return RequestSubmitted(
        request_id=uuid5(NAMES, "request"),
        revision=revision,
        tracking_number="SL2026-000139",
        matter="seal-use",
        title="用印审批",
        initiator=person("沈芷珺"),
        form=form_ or form(),
        submitted_at=SUBMITTED_AT,
    )


def sheet(
    form_: SealUseForm | None = None,
    *,
    countersigners: int = 0,
    continued: Sequence[Continued] = (),
) -> bytes:
    """`countersigners` have a page of their own when they are more than share the cell."""
    names = tuple(f"会签部门{n}" for n in range(1, countersigners + 1))
    content = SheetContent(
        submitted(form_),
        ORGANISATION,
        CODE,
        countersigners=names if countersigners > MOST_TILES else (),
        continued=tuple(continued),
    )
    return base_sheet(content)


@cache
def authority() -> Credential:
    made = create_authority(ORGANISATION.name, now=SUBMITTED_AT, keeper=KEYS)
    return KEYS.opened(made)


@cache
def credential(name: str) -> Credential:
    made = issue(
        authority(),
        organisation=ORGANISATION.name,
        unit=name,
        unit_id=unit(name).id,
        valid_from=SUBMITTED_AT,
        keeper=KEYS,
    )
    return KEYS.opened(made)


@cache
def drawing(text: str) -> bytes:
    return draw_seal(text, specimen=True)


def opinion(unit_name: str, text: str = "同意。", signer: str = "韦宇") -> Opinion:
    return Opinion(
        text=text,
        signer=signer,
        signer_title="审批人",
        unit=unit_name,
        date="2026年03月02日",
        signed_at=SIGNED_AT,
    )


def sealed(pdf: bytes, place: str | Part, unit_name: str, text: str = "同意。") -> bytes:
    return put_opinion(
        pdf,
        place,
        opinion(unit_name, text),
        Hand(drawing(f"{ORGANISATION.name}某某部门"), credential(unit_name)),
    )


def fully_sealed(pdf: bytes, *, countersigners: int = 2, text: str = "同意。") -> bytes:
    """With every place of a sheet with a 横向合同 filled, in the order of the flow."""
    pdf = sealed(pdf, "applying_unit", "计算机学院", text)
    pdf = sealed(pdf, "approving_department", "科研部", text)
    for index in range(countersigners):
        pdf = sealed(pdf, Part(index, countersigners), f"会签部门{index + 1}", text)
    pdf = sealed(pdf, "legal_counsel", "校长法律顾问办公室", text)
    number = opinion("督查室", "编号 YY2026-000139")
    return put_number(pdf, "YY2026-000139", number, Hand(None, credential("督查室")))


def text_of(pdf: bytes) -> str:
    """All that can be copied from it, without white space, what signatures show included."""
    return "".join(page_texts(pdf))


def page_texts(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        document.flatten_annotations()
        for page in document.pages:
            page.obj.Annots = pikepdf.Array()  # places that nobody signed show nothing
        flat = BytesIO()
        document.save(flat)
    pages = pypdfium2.PdfDocument(flat.getvalue())
    return ["".join(page.get_textpage().get_text_range().split()) for page in pages]
