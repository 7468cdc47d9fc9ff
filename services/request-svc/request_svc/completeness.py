"""正式提交: what a filled-in form must satisfy before anybody is asked to approve it.

Pure. The rules are the manual's form, row by row (domain.md, The request).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from request_svc.domain import KnownUnit
from request_svc.form import CertificateDraft, FormDraft, MaterialDraft, SealDraft
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
from shared.errors import FieldError
from shared.inspection.file_types import is_control

NAME_LIMIT = 50  # characters of a person's name
MATERIAL_LIMIT = 200
PLACE_LIMIT = 500
PURPOSE_LIMIT = 500
COUNT_LIMIT = 9999

_MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_TERMS = {
    "applicant_name": "用印申请人姓名",
    "applicant_mobile": "用印申请人手机",
    "handler_name": "经办人姓名",
    "handler_mobile": "经办人手机",
    "power_of_attorney": "法人委托授权书",
    "horizontal_contract": "横向合同",
    "university": "校章",
    "president": "校长章",
    "party_committee": "党委章",
    "legal_certificate": "法人证书",
    "legal_id_copy": "法人身份证复印件",
}


@dataclass(frozen=True)
class Surroundings:
    """What the form refers to. `files` are those uploaded to this very draft."""

    files: Mapping[UUID, StoredFile]
    units: Mapping[UUID, KnownUnit]


@dataclass
class _Findings:
    """Everything that is wrong, so that people see it all at once."""

    errors: list[FieldError] = field(default_factory=list)

    def add(self, where: str, code: str, message: str) -> None:
        self.errors.append(FieldError(field=where, code=code, message=message))


def complete(
    form: FormDraft,
    *,
    business_type: BusinessType | None,
    around: Surroundings,
    by: Person,
    at: datetime,
) -> SealUseForm | tuple[FieldError, ...]:
    """The form as it is frozen at submission, or all that is still wrong with it.

    `by` and `at` become the commitment's. Contract files of a form without 横向合同 are left out.
    """
    found = _Findings()
    frozen = SealUseForm(
        business_type=_business_type(found, business_type),
        commitment=_commitment(found, form, by=by, at=at),
        unit=_unit(found, form.unit_id, around),
        approving_department=_department(found, form, business_type, around),
        applicant_name=_name(found, form.applicant_name, "applicant_name"),
        applicant_mobile=_mobile(found, form.applicant_mobile, "applicant_mobile"),
        handler_name=_name(found, form.handler_name, "handler_name"),
        handler_mobile=_mobile(found, form.handler_mobile, "handler_mobile"),
        materials=_materials(found, form.materials, around),
        power_of_attorney=_answer(found, form.power_of_attorney, "power_of_attorney"),
        horizontal_contract=_answer(found, form.horizontal_contract, "horizontal_contract"),
        contract_files=_contract_files(found, form, around),
        seals=_seals(found, form),
        legal_certificate=_certificate(found, form.legal_certificate, "legal_certificate"),
        legal_id_copy=_certificate(found, form.legal_id_copy, "legal_id_copy"),
    )
    return tuple(found.errors) or frozen


# Each of the following returns what it could make of its field; where that is not what the form
# needs it has said so in `found`, and the frozen form is not used.

_NO_UNIT = Unit(id=UUID(int=0), name="")


def _business_type(found: _Findings, chosen: BusinessType | None) -> BusinessType:
    if chosen is None:
        found.add("business_type", "required", "请选择业务类型")
    return chosen or BusinessType.GENERAL


def _commitment(found: _Findings, form: FormDraft, *, by: Person, at: datetime) -> Commitment:
    if not form.commitment:
        found.add("form.commitment", "required", "请阅读并勾选保密承诺")
    return Commitment(by=by, at=at)


def _unit(found: _Findings, unit_id: UUID | None, around: Surroundings) -> Unit:
    if unit_id is None:
        found.add("form.unit_id", "required", "请选择用印单位")
        return _NO_UNIT
    unit = around.units.get(unit_id)
    if unit is None or not unit.may_apply:
        found.add("form.unit_id", "unknown_unit", "所选用印单位不存在或已停用，请重新选择")
        return _NO_UNIT
    return Unit(id=unit.id, name=unit.name)


def _department(
    found: _Findings, form: FormDraft, business_type: BusinessType | None, around: Surroundings
) -> Unit:
    unit_id, where = form.approving_department_id, "form.approving_department_id"
    if unit_id is None:
        found.add(where, "required", "请选择审批部门")
        return _NO_UNIT
    unit = around.units.get(unit_id)
    if unit is None or not unit.active:
        found.add(where, "unknown_unit", "所选审批部门不存在或已停用，请重新选择")
        return _NO_UNIT
    if business_type is not None and not unit.serves(business_type):
        found.add(where, "does_not_serve", "所选审批部门不办理这类业务，请重新选择")
    return Unit(id=unit.id, name=unit.name)


def _name(found: _Findings, given: str | None, name: str) -> str:
    return _text(found, given, f"form.{name}", _TERMS[name], NAME_LIMIT)


def _mobile(found: _Findings, given: str | None, name: str) -> str:
    """As people type them: full-width digits, blanks, hyphens and +86 are understood."""
    typed = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", given or ""))
    number = typed.removeprefix("+86")
    if not number:
        found.add(f"form.{name}", "required", f"请填写{_TERMS[name]}")
    elif not _MAINLAND_MOBILE.fullmatch(number):
        message = f"{_TERMS[name]}须为11位中国大陆手机号，不能填写座机"
        found.add(f"form.{name}", "not_a_mobile", message)
    return number


def _text(
    found: _Findings, given: str | None, where: str, label: str, limit: int, *, lines: bool = False
) -> str:
    """Without blanks around it. With `lines` it may have more than one line."""
    text = (given or "").replace("\r\n", "\n").strip()
    allowed = "\n" if lines else ""
    if not text:
        found.add(where, "required", f"请填写{label}")
    elif len(text) > limit:
        found.add(where, "too_long", f"{label}不能超过{limit}字")
    elif any(is_control(character) for character in text if character not in allowed):
        found.add(where, "control_characters", f"{label}含有不可见的控制字符，请删除后重新填写")
    return text


def _materials(
    found: _Findings, rows: Sequence[MaterialDraft], around: Surroundings
) -> tuple[Material, ...]:
    if not rows:
        found.add("form.materials", "required", "请至少填写一项用印材料")
    return tuple(_material(found, row, number, around) for number, row in enumerate(rows, start=1))


def _material(found: _Findings, row: MaterialDraft, number: int, around: Surroundings) -> Material:
    where, label = f"form.materials.{number - 1}", f"第{number}项用印材料"
    if row.copies is None:
        found.add(f"{where}.copies", "required", f"请填写{label}的份数")
    elif not 1 <= row.copies <= COUNT_LIMIT:
        found.add(f"{where}.copies", "out_of_range", f"{label}的份数须为1至{COUNT_LIMIT}")
    if not row.files:
        found.add(f"{where}.files", "required", f"请上传{label}的文件")
    return Material(
        row=number,
        name=_text(found, row.name, f"{where}.name", f"{label}的名称", MATERIAL_LIMIT),
        copies=row.copies or 0,
        files=_files(found, row.files, f"{where}.files", around),
    )


def _files(
    found: _Findings, ids: Sequence[UUID], where: str, around: Surroundings
) -> tuple[StoredFile, ...]:
    if len(set(ids)) < len(ids):
        found.add(where, "file_twice", "同一个文件列出了两次，请删除其中一个")
    missing = [file_id for file_id in ids if file_id not in around.files]
    if missing:
        found.add(where, "unknown_file", "文件没有上传成功，请重新上传")
    return tuple(around.files[file_id] for file_id in ids if file_id in around.files)


def _answer(found: _Findings, given: bool | None, name: str) -> bool:
    if given is None:
        found.add(f"form.{name}", "required", f"请选择是否有{_TERMS[name]}")
    return bool(given)


def _contract_files(
    found: _Findings, form: FormDraft, around: Surroundings
) -> tuple[StoredFile, ...]:
    if not form.horizontal_contract:
        return ()
    where = "form.contract_files"
    if not form.contract_files:
        found.add(where, "required", "有横向合同时，请上传合同和法律办的回复")
    return _files(found, form.contract_files, where, around)


def _seals(found: _Findings, form: FormDraft) -> Seals:
    seals = form.seals
    asked = (
        *(seals.university.count, seals.president.count, seals.party_committee.count),
        *(form.legal_certificate.count, form.legal_id_copy.count),
    )
    if not any(asked):
        found.add("form.seals", "nothing_to_seal", "请至少申请一个印章或一份法人证件")
    return Seals(
        university=_seal(found, seals.university, "university"),
        president=_seal(found, seals.president, "president"),
        party_committee=_seal(found, seals.party_committee, "party_committee"),
    )


def _seal(found: _Findings, seal: SealDraft, name: str) -> SealCount:
    where, label = f"form.seals.{name}", _TERMS[name]
    count = _count(found, seal.count, f"{where}.count", label)
    place = (seal.place or "").strip()
    if count:
        place = _text(found, place, f"{where}.place", f"{label}的用章位置", PLACE_LIMIT, lines=True)
    elif place:
        message = f"填写了{label}的用章位置，请填写个数；不用{label}请清空用章位置"
        found.add(f"{where}.count", "required", message)
    return SealCount(count=count, place=place)


def _certificate(found: _Findings, certificate: CertificateDraft, name: str) -> Certificate:
    where, label = f"form.{name}", _TERMS[name]
    count = _count(found, certificate.count, f"{where}.count", label)
    purpose = (certificate.purpose or "").strip()
    if count:
        purpose = _text(
            found, purpose, f"{where}.purpose", f"{label}的用途", PURPOSE_LIMIT, lines=True
        )
    elif purpose:
        message = f"填写了{label}的用途，请填写数量；不领取请清空用途"
        found.add(f"{where}.count", "required", message)
    return Certificate(count=count, purpose=purpose)


def _count(found: _Findings, given: int | None, where: str, label: str) -> int:
    count = given or 0
    if not 0 <= count <= COUNT_LIMIT:
        found.add(where, "out_of_range", f"{label}的数量须为0至{COUNT_LIMIT}")
    return count
