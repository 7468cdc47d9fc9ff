"""The sheet of a revision before anything is signed: what was submitted, in its form.

`base_sheet` is pure: the same content gives the same bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import segno

from document_svc.characters import printable
from document_svc.fields import with_fields
from document_svc.typesetting import STANDARD, Template
from shared.contracts.people import BusinessType
from shared.contracts.request import (
    Certificate,
    Commitment,
    Material,
    RequestSubmitted,
    SealUseForm,
    StoredFile,
)
from shared.contracts.workflow import OpinionPlace
from shared.organisation import Organisation

BUSINESS_TYPES = {
    BusinessType.RESEARCH: "科研类",
    BusinessType.EDUCATION: "教育教学类",
    BusinessType.FOREIGN_AFFAIRS: "外事类",
    BusinessType.GENERAL: "综合类",
}
PLACES = {
    OpinionPlace.APPLYING_UNIT: "申请部门意见",
    OpinionPlace.APPROVING_DEPARTMENT: "审批部门意见",
    OpinionPlace.COUNTERSIGN: "会签部门意见",
    OpinionPlace.LEGAL_COUNSEL: "校长法律顾问办公室意见",
}
SEALS = {"university": "校章", "president": "校长章", "party_committee": "党委章"}
DIGEST_SHOWN = 16
_DARK = re.compile(b"\x01+")


@dataclass(frozen=True)
class Drafted:
    """What is not submitted yet, for its preview."""

    form: SealUseForm
    tracking_number: str
    revision: int
    submitted_at: datetime


@dataclass(frozen=True)
class SheetContent:
    """A submitted revision and whose form it is printed on."""

    submitted: RequestSubmitted | Drafted
    organisation: Organisation
    verification_code: str
    countersigners: tuple[str, ...] = ()  # when they are too many to share the cell
    continued: tuple["Continued", ...] = ()
    template: Template = STANDARD


@dataclass(frozen=True)
class Continued:
    """An opinion that is printed whole on a further page. `place`: the name of its cell."""

    place: str
    unit: str
    text: str
    title: str  # 负责人 or 审批人
    signer: str
    date: str


def base_sheet(content: SheetContent) -> bytes:
    """The PDF with its empty signature fields. Takes some 15 ms: call it from a thread."""
    return with_fields(
        content.template.typeset(
            "sheet.typ",
            made_at=content.submitted.submitted_at,
            tagged=True,
            sheet=sheet_data(content),
        )
    )


def verification_url(organisation: Organisation, code: str) -> str:
    """What the QR code on the sheet says. The page is the portal's and needs no sign-in."""
    return f"{organisation.portal_url.rstrip('/')}/verify/{code}"


def shown_date(at: datetime, organisation: Organisation) -> str:
    return at.astimezone(organisation.zone).strftime("%Y年%m月%d日")


def sheet_data(content: SheetContent) -> dict[str, Any]:
    """What `sheets/sheet.typ` reads; every value is ready to print."""
    submitted, organisation = content.submitted, content.organisation
    url = verification_url(organisation, content.verification_code)
    data = {
        "preview": False,
        "organisation": organisation.name,
        "title": organisation.sheet_title,
        "note": organisation.sheet_note,
        "seal_place": organisation.seal_place,
        "contract_note": (
            organisation.contract_note if submitted.form.horizontal_contract else None
        ),
        "tracking_number": submitted.tracking_number,
        "revision": submitted.revision,
        "verification_code": content.verification_code,
        "verification_url": url,
        "qr": qr_svg(url),
        "commitment": _commitment(submitted.form.commitment, organisation),
        "countersigners": list(content.countersigners),
        "continued": [asdict(one) for one in content.continued],
        **_form_data(submitted.form),
    }
    shown: dict[str, Any] = printable(data, content.template)
    return shown


def _form_data(form: SealUseForm) -> dict[str, Any]:
    return {
        "business_type": BUSINESS_TYPES[form.business_type],
        "unit": form.unit.name,
        "department": form.approving_department.name,
        "applicant": {"name": form.applicant_name, "mobile": form.applicant_mobile},
        "handler": {"name": form.handler_name, "mobile": form.handler_mobile},
        "materials": [_material(row) for row in form.materials],
        "power_of_attorney": form.power_of_attorney,
        "horizontal_contract": form.horizontal_contract,
        "contract_files": _files(form.contract_files),
        "seals": [
            {"name": name, "count": str(asked.count), "place": asked.place}
            for name, asked in ((name, getattr(form.seals, key)) for key, name in SEALS.items())
        ],
        "legal_certificate": _certificate(form.legal_certificate),
        "legal_id_copy": _certificate(form.legal_id_copy),
    }


def _commitment(commitment: Commitment, organisation: Organisation) -> dict[str, str]:
    at = commitment.at.astimezone(organisation.zone)
    return {
        "text": organisation.commitment,
        "by": commitment.by.name,
        "at": at.strftime("%Y年%m月%d日 %H:%M"),
    }


def _material(row: Material) -> dict[str, Any]:
    return {
        "row": str(row.row),
        "name": row.name,
        "copies": str(row.copies),
        "files": _files(row.files),
    }


def _certificate(asked: Certificate) -> dict[str, str]:
    return {"count": str(asked.count), "purpose": asked.purpose}


def _files(files: Sequence[StoredFile]) -> list[dict[str, str]]:
    def detail(file: StoredFile) -> str:
        pages = [f"{file.pages} 页"] if file.pages else []
        digest = [f"SHA-256 {file.sha256[:DIGEST_SHOWN]}…"] if file.sha256 else []
        return " · ".join([*pages, *digest])

    return [{"name": file.name, "detail": detail(file)} for file in files]


def qr_svg(url: str) -> str:
    """A QR code as SVG. Level M: a fold or a stain of 15 % does not matter."""
    code = segno.make(url, error="m", mask=0, micro=False)  # to seek the best mask takes 5 ms
    side = len(code.matrix)
    path = "".join(
        f"M{run.start()} {y}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for y, row in enumerate(code.matrix)
        for run in _DARK.finditer(bytes(row))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<path d="{path}"/></svg>'
    )
