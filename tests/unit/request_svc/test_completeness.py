"""Every rule of the form, one case each."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from request_svc.completeness import MATERIAL_LIMIT, NAME_LIMIT, PLACE_LIMIT, PURPOSE_LIMIT
from request_svc.form import FormDraft

from shared.contracts.people import BusinessType
from shared.contracts.request import SealUseForm
from tests.unit.request_svc.forms import (
    APPLICANT,
    BUDGET,
    CLOSED,
    CONTRACT,
    NOW,
    NOWHERE,
    RESEARCH_DEPARTMENT,
    SCHOOL,
    TASK_BOOK,
    WITHOUT_SEAL,
    faults,
    filled,
    frozen,
    judge,
    row,
)


def seal(**university: Any) -> dict[str, Any]:
    return {"university": university}


RULES = [
    ({"commitment": False}, "form.commitment", "required"),
    ({"unit_id": None}, "form.unit_id", "required"),
    ({"unit_id": str(NOWHERE)}, "form.unit_id", "unknown_unit"),
    ({"unit_id": str(CLOSED)}, "form.unit_id", "unknown_unit"),
    ({"unit_id": str(WITHOUT_SEAL)}, "form.unit_id", "unknown_unit"),
    ({"approving_department_id": None}, "form.approving_department_id", "required"),
    ({"approving_department_id": str(NOWHERE)}, "form.approving_department_id", "unknown_unit"),
    ({"approving_department_id": str(CLOSED)}, "form.approving_department_id", "unknown_unit"),
    ({"approving_department_id": str(SCHOOL)}, "form.approving_department_id", "does_not_serve"),
    ({"applicant_name": None}, "form.applicant_name", "required"),
    ({"applicant_name": " \u3000 "}, "form.applicant_name", "required"),
    ({"applicant_name": "沈" * (NAME_LIMIT + 1)}, "form.applicant_name", "too_long"),
    ({"applicant_name": "沈\x07知君"}, "form.applicant_name", "control_characters"),
    ({"applicant_name": "沈\u202e知君"}, "form.applicant_name", "control_characters"),
    ({"applicant_name": "沈\n知君"}, "form.applicant_name", "control_characters"),
    ({"applicant_mobile": None}, "form.applicant_mobile", "required"),
    ({"applicant_mobile": "1380000000"}, "form.applicant_mobile", "not_a_mobile"),
    ({"applicant_mobile": "138000000011"}, "form.applicant_mobile", "not_a_mobile"),
    ({"applicant_mobile": "12800000001"}, "form.applicant_mobile", "not_a_mobile"),
    ({"applicant_mobile": "010-62750139"}, "form.applicant_mobile", "not_a_mobile"),
    ({"handler_name": ""}, "form.handler_name", "required"),
    ({"handler_mobile": ""}, "form.handler_mobile", "required"),
    ({"handler_mobile": "陆坤"}, "form.handler_mobile", "not_a_mobile"),
    ({"materials": []}, "form.materials", "required"),
    ({"materials": [row(name=None)]}, "form.materials.0.name", "required"),
    ({"materials": [row(name="任" * (MATERIAL_LIMIT + 1))]}, "form.materials.0.name", "too_long"),
    ({"materials": [row(name="任\t务")]}, "form.materials.0.name", "control_characters"),
    ({"materials": [row(copies=None)]}, "form.materials.0.copies", "required"),
    ({"materials": [row(copies=0)]}, "form.materials.0.copies", "out_of_range"),
    ({"materials": [row(copies=-1)]}, "form.materials.0.copies", "out_of_range"),
    ({"materials": [row(copies=10_000)]}, "form.materials.0.copies", "out_of_range"),
    ({"materials": [row(), row(copies=None)]}, "form.materials.1.copies", "required"),
    ({"materials": [row(files=[])]}, "form.materials.0.files", "required"),
    ({"materials": [row(files=[str(NOWHERE)])]}, "form.materials.0.files", "unknown_file"),
    ({"materials": [row(files=[str(BUDGET)] * 2)]}, "form.materials.0.files", "file_twice"),
    ({"power_of_attorney": None}, "form.power_of_attorney", "required"),
    ({"horizontal_contract": None}, "form.horizontal_contract", "required"),
    ({"horizontal_contract": True}, "form.contract_files", "required"),
    (
        {"horizontal_contract": True, "contract_files": [str(NOWHERE)]},
        "form.contract_files",
        "unknown_file",
    ),
    ({"seals": {}}, "form.seals", "nothing_to_seal"),
    ({"seals": seal(count=0, place="")}, "form.seals", "nothing_to_seal"),
    ({"seals": seal(count=1)}, "form.seals.university.place", "required"),
    (
        {"seals": seal(count=1, place="页" * (PLACE_LIMIT + 1))},
        "form.seals.university.place",
        "too_long",
    ),
    (
        {"seals": seal(count=1, place="第1项\x1b[2J")},
        "form.seals.university.place",
        "control_characters",
    ),
    (
        {"seals": {**seal(count=1, place="第1项"), "president": {"place": "第2项"}}},
        "form.seals.president.count",
        "required",
    ),
    ({"seals": seal(count=-1, place="第1项")}, "form.seals.university.count", "out_of_range"),
    ({"seals": seal(count=10_000, place="第1项")}, "form.seals.university.count", "out_of_range"),
    (
        {"seals": {"party_committee": {"count": 1}}},
        "form.seals.party_committee.place",
        "required",
    ),
    ({"legal_certificate": {"count": 1}}, "form.legal_certificate.purpose", "required"),
    ({"legal_certificate": {"purpose": "投标"}}, "form.legal_certificate.count", "required"),
    ({"legal_id_copy": {"count": 2}}, "form.legal_id_copy.purpose", "required"),
    (
        {"legal_id_copy": {"count": 2, "purpose": "投" * (PURPOSE_LIMIT + 1)}},
        "form.legal_id_copy.purpose",
        "too_long",
    ),
    ({"legal_id_copy": {"count": 0, "purpose": "投标"}}, "form.legal_id_copy.count", "required"),
]


@pytest.mark.parametrize(("change", "field", "code"), RULES)
def test_a_broken_rule_is_named_with_its_field(
    change: dict[str, Any], field: str, code: str
) -> None:
    assert faults(filled(**change)) == [(field, code)]


def test_a_form_without_a_business_type_is_incomplete() -> None:
    assert faults(filled(), business_type=None) == [("business_type", "required")]


def test_the_department_must_serve_the_business_type_that_was_chosen() -> None:
    found = faults(filled(), business_type=BusinessType.EDUCATION)
    assert found == [("form.approving_department_id", "does_not_serve")]


def test_everything_that_is_missing_is_said_at_once() -> None:
    missing = {field for field, _code in faults({}, business_type=None)}
    assert missing == {
        "business_type",
        *(f"form.{name}" for name in FORM_FIELDS_REQUIRED),
    }


FORM_FIELDS_REQUIRED = (
    *("commitment", "unit_id", "approving_department_id", "materials", "seals"),
    *("applicant_name", "applicant_mobile", "handler_name", "handler_mobile"),
    *("power_of_attorney", "horizontal_contract"),
)


def test_a_complete_form_is_frozen_with_names_instead_of_ids() -> None:
    form = frozen(filled())
    assert (form.unit.id, form.unit.name) == (SCHOOL, "数学学院")
    assert form.approving_department.id == RESEARCH_DEPARTMENT
    assert [(m.row, m.name, m.copies) for m in form.materials] == [
        (1, "xx项目科研任务书", 5),
        (2, "预算表", 2),
    ]
    assert form.materials[0].files[0].id == TASK_BOOK
    assert (form.seals.university.count, form.seals.president.count) == (2, 0)


def test_the_commitment_keeps_who_gave_it_and_when() -> None:
    commitment = frozen(filled()).commitment
    assert (commitment.by, commitment.at) == (APPLICANT, NOW)


@pytest.mark.parametrize("typed", ["+86 138-0000-0001", "１３８ ００００ ０００１", " 13800000001"])
def test_a_mobile_is_understood_as_people_type_it(typed: str) -> None:
    assert frozen(filled(applicant_mobile=typed)).applicant_mobile == "13800000001"


def test_a_certificate_alone_is_enough_to_ask_for() -> None:
    form = frozen(filled(seals={}, legal_certificate={"count": 1, "purpose": "投标"}))
    assert (form.legal_certificate.count, form.legal_certificate.purpose) == (1, "投标")


def test_places_may_have_several_lines() -> None:
    place = "第1项用印材料2,3页\r\n第2项末页"
    form = frozen(filled(seals={"university": {"count": 3, "place": place}}))
    assert form.seals.university.place == "第1项用印材料2,3页\n第2项末页"


def test_a_contract_comes_with_its_files() -> None:
    form = frozen(filled(horizontal_contract=True, contract_files=[str(CONTRACT)]))
    assert [file.id for file in form.contract_files] == [CONTRACT]


def test_files_of_a_contract_that_is_no_longer_ticked_are_left_out() -> None:
    form = frozen(filled(horizontal_contract=False, contract_files=[str(CONTRACT)]))
    assert form.contract_files == ()


def test_a_draft_refuses_what_no_form_has() -> None:
    with pytest.raises(ValidationError):
        FormDraft.model_validate({"status": "approved"})


def test_a_draft_refuses_what_a_database_cannot_keep() -> None:
    with pytest.raises(ValidationError):
        FormDraft.model_validate({"applicant_name": "沈\x00知君"})


TEXTS = st.none() | st.text("沈1项, \u3000\r\n\t\x00\x07\u202e😀", max_size=6)
COUNTS = st.none() | st.integers(-3, 10_001)
FILES = st.lists(st.sampled_from([TASK_BOOK, BUDGET, NOWHERE]), max_size=3)
COUNTED = st.fixed_dictionaries({"count": COUNTS, "place": TEXTS})
HALF_FILLED = st.fixed_dictionaries(
    {},
    optional={
        "commitment": st.booleans(),
        "unit_id": st.sampled_from([None, SCHOOL, NOWHERE]),
        "approving_department_id": st.sampled_from([None, SCHOOL, RESEARCH_DEPARTMENT]),
        "applicant_name": TEXTS,
        "applicant_mobile": TEXTS | st.just("13800000001"),
        "materials": st.lists(
            st.fixed_dictionaries({"name": TEXTS, "copies": COUNTS, "files": FILES}), max_size=3
        ),
        "power_of_attorney": st.none() | st.booleans(),
        "horizontal_contract": st.none() | st.booleans(),
        "contract_files": FILES,
        "seals": st.fixed_dictionaries({"university": COUNTED, "president": COUNTED}),
    },
)


@given(HALF_FILLED)
def test_whatever_is_filled_in_the_answer_is_a_form_or_reasons(form: dict[str, Any]) -> None:
    """And never an exception: what a draft may hold, a submission can judge."""
    try:
        FormDraft.model_validate(filled(**form))
    except ValidationError:
        return  # not even a draft
    outcome = judge(filled(**form))
    if isinstance(outcome, SealUseForm):
        assert SealUseForm.model_validate_json(outcome.model_dump_json()) == outcome
        assert all(1 <= material.copies <= 9999 for material in outcome.materials)
    else:
        assert outcome
        assert all(error.message and error.code for error in outcome)
