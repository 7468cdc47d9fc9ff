"""A complete form, and the surroundings it refers to; each test spoils one thing."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from request_svc.completeness import Surroundings, complete
from request_svc.domain import KnownUnit
from request_svc.form import FormDraft

from shared.contracts.people import BusinessType, Person, UnitKind
from shared.contracts.request import SealUseForm, StoredFile
from shared.errors import FieldError

APPLICANT = Person(id=UUID(int=1), name="沈知君")
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
RESEARCH = BusinessType.RESEARCH

SCHOOL, RESEARCH_DEPARTMENT, CLOSED, WITHOUT_SEAL = (UUID(int=n) for n in (10, 11, 12, 13))
TASK_BOOK, BUDGET, CONTRACT = (UUID(int=n) for n in (20, 21, 22))
NOWHERE = UUID(int=99)


def unit(unit_id: UUID, name: str, **differently: Any) -> KnownUnit:
    usual = {
        "kind": UnitKind.SCHOOL,
        "approves": frozenset[BusinessType](),
        "has_seal": True,
        "active": True,
    }
    return KnownUnit(id=unit_id, name=name, **{**usual, **differently})


def stored(file_id: UUID, name: str) -> StoredFile:
    return StoredFile(
        id=file_id,
        name=name,
        sha256="0" * 64,
        bytes=1000,
        media_type="application/pdf",
        pages=3,
    )


AROUND = Surroundings(
    files={
        TASK_BOOK: stored(TASK_BOOK, "任务书.pdf"),
        BUDGET: stored(BUDGET, "预算.pdf"),
        CONTRACT: stored(CONTRACT, "合同.pdf"),
    },
    units={
        SCHOOL: unit(SCHOOL, "数学学院"),
        RESEARCH_DEPARTMENT: unit(
            RESEARCH_DEPARTMENT,
            "科研部",
            kind=UnitKind.DEPARTMENT,
            approves=frozenset({RESEARCH}),
        ),
        CLOSED: unit(CLOSED, "旧学院", active=False, approves=frozenset({RESEARCH})),
        WITHOUT_SEAL: unit(WITHOUT_SEAL, "课题组", has_seal=False),
    },
)


def filled(**changes: Any) -> dict[str, Any]:
    """The JSON of a form that may be submitted, with these fields otherwise."""
    whole = {
        "commitment": True,
        "unit_id": str(SCHOOL),
        "approving_department_id": str(RESEARCH_DEPARTMENT),
        "applicant_name": "沈知君",
        "applicant_mobile": "13800000001",
        "handler_name": "陆坤",
        "handler_mobile": "19900000002",
        "materials": [
            {"row_id": "a", "name": "xx项目科研任务书", "copies": 5, "files": [str(TASK_BOOK)]},
            {"row_id": "b", "name": "预算表", "copies": 2, "files": [str(BUDGET)]},
        ],
        "power_of_attorney": False,
        "horizontal_contract": False,
        "seals": {"university": {"count": 2, "place": "第1项用印材料2,3页"}},
    }
    return {**whole, **changes}


def row(**changes: Any) -> dict[str, Any]:
    return {"row_id": "a", "name": "任务书", "copies": 1, "files": [str(TASK_BOOK)], **changes}


def judge(
    form: dict[str, Any], business_type: BusinessType | None = RESEARCH
) -> SealUseForm | tuple[FieldError, ...]:
    draft = FormDraft.model_validate(form)
    return complete(draft, business_type=business_type, around=AROUND, by=APPLICANT, at=NOW)


def frozen(form: dict[str, Any]) -> SealUseForm:
    outcome = judge(form)
    assert isinstance(outcome, SealUseForm), outcome
    return outcome


def faults(
    form: dict[str, Any], business_type: BusinessType | None = RESEARCH
) -> list[tuple[str, str]]:
    outcome = judge(form, business_type)
    assert isinstance(outcome, tuple), "the form was found complete"
    return [(error.field, error.code) for error in outcome]
