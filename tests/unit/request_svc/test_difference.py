"""查看修改: what a reader is told of two submissions."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from request_svc.difference import Change, difference

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

SCHOOL, RESEARCH = (Unit(id=uuid4(), name=name) for name in ("数学学院", "科研部"))
AT = datetime(2026, 3, 2, tzinfo=UTC)
ONE_COPY = Certificate(count=1, purpose="")
FOR_A_TENDER = Certificate(count=0, purpose="投标")


def file(name: str, content: str = "a") -> StoredFile:
    return StoredFile(
        id=uuid4(),
        name=name,
        sha256=content * 64,
        bytes=10,
        media_type="application/pdf",
        pages=1,
    )


def material(row: int, name: str, *files: StoredFile, copies: int = 1) -> Material:
    return Material(row=row, name=name, copies=copies, files=files)


PLAN = material(1, "任务书", file("任务书.pdf", "1"))
BUDGET = material(2, "预算表", file("预算.pdf", "2"))


def form(*materials: Material, **changes: Any) -> SealUseForm:
    none = SealCount(count=0, place="")
    whole: dict[str, Any] = {
        "business_type": BusinessType.RESEARCH,
        "commitment": Commitment(by=Person(id=uuid4(), name="沈之君"), at=AT),
        "unit": SCHOOL,
        "approving_department": RESEARCH,
        "applicant_name": "沈之君",
        "applicant_mobile": "13800000001",
        "handler_name": "周航",
        "handler_mobile": "13800000002",
        "materials": materials or (PLAN, BUDGET),
        "power_of_attorney": False,
        "horizontal_contract": False,
        "contract_files": (),
        "seals": Seals(
            university=SealCount(count=2, place="第1页"), president=none, party_committee=none
        ),
        "legal_certificate": Certificate(count=0, purpose=""),
        "legal_id_copy": Certificate(count=0, purpose=""),
    }
    return SealUseForm(**{**whole, **changes})


def fields(old: SealUseForm, new: SealUseForm) -> list[tuple[Any, ...]]:
    found = difference(old, new).fields
    return [(c.field, c.row, c.change.value, c.old, c.new) for c in found]


def files(old: SealUseForm, new: SealUseForm) -> list[tuple[Any, ...]]:
    return [
        (c.field, c.row, c.change.value, c.old and c.old.name, c.new and c.new.name)
        for c in difference(old, new).files
    ]


def test_the_same_form_submitted_again_differs_in_nothing() -> None:
    later = Commitment(by=Person(id=uuid4(), name="沈之君"), at=datetime.now(UTC))
    assert fields(form(), form(commitment=later)) == files(form(), form()) == []


@pytest.mark.parametrize(
    ("field", "changes", "old", "new"),
    [
        ("business_type", {"business_type": BusinessType.GENERAL}, "research", "general"),
        ("unit", {"unit": RESEARCH}, "数学学院", "科研部"),
        ("approving_department", {"approving_department": SCHOOL}, "科研部", "数学学院"),
        ("applicant_name", {"applicant_name": "苏迪"}, "沈之君", "苏迪"),
        ("applicant_mobile", {"applicant_mobile": "139"}, "13800000001", "139"),
        ("handler_name", {"handler_name": "苏迪"}, "周航", "苏迪"),
        ("handler_mobile", {"handler_mobile": "139"}, "13800000002", "139"),
        ("power_of_attorney", {"power_of_attorney": True}, False, True),
        ("horizontal_contract", {"horizontal_contract": True}, False, True),
        ("legal_certificate.count", {"legal_certificate": Certificate(count=1, purpose="")}, 0, 1),
        (
            "legal_id_copy.purpose",
            {"legal_id_copy": Certificate(count=0, purpose="投标")},
            "",
            "投标",
        ),
    ],
)
def test_each_field_of_the_form_is_compared(
    field: str, changes: dict[str, Any], old: Any, new: Any
) -> None:
    assert fields(form(), form(**changes)) == [(field, None, "changed", old, new)]


@pytest.mark.parametrize("seal", ["university", "president", "party_committee"])
def test_each_seal_is_compared(seal: str) -> None:
    seals = form().seals.model_copy(update={seal: SealCount(count=9, place="第9页")})
    changed = [change[0] for change in fields(form(), form(seals=seals))]
    assert changed == [f"seals.{seal}.count", f"seals.{seal}.place"]


def test_no_field_of_the_contract_is_forgotten() -> None:
    """A field that comes to the form has to come here too."""
    compared = {change.field.split(".")[0] for change in difference(form(), _other()).fields}
    compared |= {change.field.split(".")[0] for change in difference(form(), _other()).files}
    assert compared == set(SealUseForm.model_fields) - {"commitment"}


def _other() -> SealUseForm:
    one = SealCount(count=7, place="别处")
    return form(
        material(1, "别的", file("别.pdf", "9"), copies=7),
        business_type=BusinessType.GENERAL,
        unit=RESEARCH,
        approving_department=SCHOOL,
        applicant_name="甲",
        applicant_mobile="1",
        handler_name="乙",
        handler_mobile="2",
        power_of_attorney=True,
        horizontal_contract=True,
        contract_files=(file("合同.pdf", "7"),),
        seals=Seals(university=one, president=one, party_committee=one),
        legal_certificate=Certificate(count=7, purpose="别"),
        legal_id_copy=Certificate(count=7, purpose="别"),
    )


def test_a_row_that_moved_is_the_same_row() -> None:
    moved = form(
        BUDGET.model_copy(update={"row": 1}), PLAN.model_copy(update={"row": 2, "copies": 5})
    )
    assert fields(form(), moved) == [("materials.copies", 2, "changed", 1, 5)]


def test_a_renamed_row_is_known_by_its_file() -> None:
    renamed = form(PLAN, material(2, "经费预算表", file("预算.pdf", "2")))
    assert fields(form(), renamed) == [("materials.name", 2, "changed", "预算表", "经费预算表")]
    assert files(form(), renamed) == []


def test_rows_come_and_go() -> None:
    letter = material(3, "邀请信", file("信.pdf", "3"), copies=2)
    assert fields(form(), form(PLAN, BUDGET, letter)) == [
        ("materials.name", 3, "added", None, "邀请信"),
        ("materials.copies", 3, "added", None, 2),
    ]
    assert files(form(), form(PLAN, BUDGET, letter)) == [
        ("materials.files", 3, "added", None, "信.pdf")
    ]
    assert fields(form(), form(PLAN)) == [
        ("materials.name", 2, "removed", "预算表", None),
        ("materials.copies", 2, "removed", 1, None),
    ]
    assert files(form(), form(PLAN)) == [("materials.files", 2, "removed", "预算.pdf", None)]


def test_files_are_compared_by_what_is_in_them() -> None:
    replaced = form(material(1, "任务书", file("任务书.pdf", "8")), BUDGET)
    assert files(form(), replaced) == [
        ("materials.files", 1, "added", None, "任务书.pdf"),
        ("materials.files", 1, "removed", "任务书.pdf", None),
    ]
    renamed = form(material(1, "任务书", file("任务书-终稿.pdf", "1")), BUDGET)
    assert files(form(), renamed) == [
        ("materials.files", 1, "renamed", "任务书.pdf", "任务书-终稿.pdf")
    ]


def test_the_same_file_twice_is_two_files() -> None:
    twice = form(contract_files=(file("甲.pdf", "1"), file("乙.pdf", "1")))
    once = form(contract_files=(file("乙.pdf", "1"),))
    assert files(twice, once) == [("contract_files", None, "removed", "甲.pdf", None)]
    assert Change.REMOVED in {change.change for change in difference(twice, once).files}
