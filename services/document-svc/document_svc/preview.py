"""A draft as the sheet would show it: 预览 on every page, no code, no place to sign. Pure.

Nothing is stored, and whatever is still missing stays blank.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pikepdf
from pydantic import BaseModel, Field

from document_svc.sheet import Drafted, SheetContent, sheet_data
from document_svc.typesetting import Template
from shared.contracts.people import BusinessType, Person, Unit
from shared.contracts.request import (
    Certificate,
    Commitment,
    Material,
    SealCount,
    Seals,
    SealUseForm,
    StoredFile,
)
from shared.organisation import Organisation

_NOBODY = UUID(int=0)
_NOT_YET = "（提交后生成）"
LONGEST, MOST_ROWS, MOST_FILES = 4000, 300, 100
DOTS = 130  # an inch: to be read on a phone, enlarged


class FileInDraft(BaseModel):
    """A file as the draft lists it; more is known of it than is used here."""

    id: UUID
    name: str = Field(max_length=LONGEST)
    sha256: str = Field(default="", max_length=64)
    pages: int | None = None


class RowInDraft(BaseModel):
    name: str | None = Field(default=None, max_length=LONGEST)
    copies: int | None = None
    files: list[UUID] = Field(default=[], max_length=MOST_FILES)


class CountInDraft(BaseModel):
    count: int | None = None
    place: str | None = Field(default=None, max_length=LONGEST)
    purpose: str | None = Field(default=None, max_length=LONGEST)


class SealsInDraft(BaseModel):
    university: CountInDraft = CountInDraft()
    president: CountInDraft = CountInDraft()
    party_committee: CountInDraft = CountInDraft()


class FormInDraft(BaseModel):
    unit_id: UUID | None = None
    approving_department_id: UUID | None = None
    applicant_name: str | None = Field(default=None, max_length=LONGEST)
    applicant_mobile: str | None = Field(default=None, max_length=LONGEST)
    handler_name: str | None = Field(default=None, max_length=LONGEST)
    handler_mobile: str | None = Field(default=None, max_length=LONGEST)
    materials: list[RowInDraft] = Field(default=[], max_length=MOST_ROWS)
    power_of_attorney: bool | None = None
    horizontal_contract: bool | None = None
    contract_files: list[UUID] = Field(default=[], max_length=MOST_FILES)
    seals: SealsInDraft = SealsInDraft()
    legal_certificate: CountInDraft = CountInDraft()
    legal_id_copy: CountInDraft = CountInDraft()


class Draft(BaseModel):
    """A draft as request-svc gives and takes it; what is not said is blank on the sheet."""

    business_type: BusinessType | None = None
    form: FormInDraft = FormInDraft()
    files: list[FileInDraft] = Field(default=[], max_length=MOST_FILES * 10)


def preview(
    draft: Draft,
    *,
    by: Person,
    at: datetime,
    units: Mapping[UUID, str],
    organisation: Organisation,
    template: Template,
) -> bytes:
    """The PDF. Takes some 10 ms, more for many rows: call it from a thread."""
    data = _data(draft, by=by, at=at, units=units, organisation=organisation, template=template)
    return _without_places(template.typeset("sheet.typ", made_at=at, sheet=data))


def pictures(
    draft: Draft,
    *,
    by: Person,
    at: datetime,
    units: Mapping[UUID, str],
    organisation: Organisation,
    template: Template,
) -> list[bytes]:
    """Its pages as PNG. Takes some 50 ms a page: call it from a thread."""
    data = _data(draft, by=by, at=at, units=units, organisation=organisation, template=template)
    return template.pictures("sheet.typ", dots=DOTS, sheet=data)


def _data(
    draft: Draft,
    *,
    by: Person,
    at: datetime,
    units: Mapping[UUID, str],
    organisation: Organisation,
    template: Template,
) -> dict[str, Any]:
    form = _form(draft, by=by, at=at, units=units)
    drafted = Drafted(form=form, tracking_number=_NOT_YET, revision=1, submitted_at=at)
    data = sheet_data(SheetContent(drafted, organisation, "", template=template))
    return data | {"preview": True} | _still_open(draft)


def _still_open(draft: Draft) -> dict[str, Any]:
    """What a form must say and a draft may leave open."""
    blank: dict[str, Any] = {} if draft.business_type else {"business_type": ""}
    for question in ("power_of_attorney", "horizontal_contract"):
        blank[question] = getattr(draft.form, question)
    return blank


def _form(draft: Draft, *, by: Person, at: datetime, units: Mapping[UUID, str]) -> SealUseForm:
    form = draft.form
    files = {file.id: file for file in draft.files}

    def unit(unit_id: UUID | None) -> Unit:
        return Unit(id=unit_id or _NOBODY, name=units.get(unit_id, "") if unit_id else "")

    return SealUseForm(
        business_type=draft.business_type or BusinessType.GENERAL,
        commitment=Commitment(by=by, at=at),
        unit=unit(form.unit_id),
        approving_department=unit(form.approving_department_id),
        applicant_name=form.applicant_name or "",
        applicant_mobile=form.applicant_mobile or "",
        handler_name=form.handler_name or "",
        handler_mobile=form.handler_mobile or "",
        materials=tuple(_row(n, row, files) for n, row in enumerate(form.materials, start=1)),
        power_of_attorney=bool(form.power_of_attorney),
        horizontal_contract=bool(form.horizontal_contract),
        contract_files=_files(form.contract_files, files),
        seals=Seals(
            university=_seal(form.seals.university),
            president=_seal(form.seals.president),
            party_committee=_seal(form.seals.party_committee),
        ),
        legal_certificate=_certificate(form.legal_certificate),
        legal_id_copy=_certificate(form.legal_id_copy),
    )


def _row(number: int, row: RowInDraft, files: Mapping[UUID, FileInDraft]) -> Material:
    return Material(
        row=number, name=row.name or "", copies=row.copies or 0, files=_files(row.files, files)
    )


def _files(ids: Sequence[UUID], files: Mapping[UUID, FileInDraft]) -> tuple[StoredFile, ...]:
    return tuple(
        StoredFile(
            id=file.id, name=file.name, sha256=file.sha256, bytes=0, media_type="", pages=file.pages
        )
        for file in (files.get(file_id) for file_id in ids)
        if file is not None
    )


def _seal(asked: CountInDraft) -> SealCount:
    return SealCount(count=asked.count or 0, place=asked.place or "")


def _certificate(asked: CountInDraft) -> Certificate:
    return Certificate(count=asked.count or 0, purpose=asked.purpose or "")


def _without_places(pdf: bytes) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        for page in document.pages:
            if "/Annots" in page.obj:
                del page.obj.Annots
        out = BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()
