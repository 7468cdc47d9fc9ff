"""The rules of the counter, over all the ways in which a request can be used up."""

from collections import Counter

import pytest
from document_svc import counter_rules as rules
from document_svc.counter_errors import MoreThanApproved, NothingChanged
from document_svc.counter_rules import Line
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.document import SealedItem
from tests.unit.document_svc.examples import form

ITEMS = st.sampled_from(list(SealedItem))
LINES = st.lists(
    st.builds(
        Line, item=ITEMS, count=st.integers(1, 4), material_row=st.sampled_from([None, 1, 2])
    ),
    max_size=5,
    unique_by=lambda line: line.place,
)
APPROVED = st.dictionaries(ITEMS, st.integers(0, 6))


@given(APPROVED, st.lists(LINES, max_size=6))
def test_whatever_is_registered_it_is_never_more_than_was_approved(
    approved: dict[SealedItem, int], visits: list[list[Line]]
) -> None:
    used: Counter[SealedItem] = Counter()
    for lines in visits:
        try:
            closing = rules.closes(approved, used, lines, asked=None, reason="少用")
        except MoreThanApproved:
            continue
        except rules.NothingRegistered:
            assert not lines
            continue
        for line in lines:
            used[line.item] += line.count
        assert closing == all(used[item] >= count for item, count in approved.items())
    assert all(count <= approved.get(item, 0) for item, count in used.items())


@given(LINES, LINES)
def test_an_entry_and_its_correction_together_are_what_is_right(
    wrong: list[Line], right: list[Line]
) -> None:
    try:
        changes = rules.corrected(wrong, right)
    except NothingChanged:
        assert {line.place: line.count for line in wrong} == {x.place: x.count for x in right}
        return
    together = rules.summed([*wrong, *changes])
    assert {x.place: x.count for x in together} == {x.place: x.count for x in right}


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_copies_are_numbered_without_a_gap_or_a_double(visits: list[int]) -> None:
    used: Counter[SealedItem] = Counter()
    numbers: list[str] = []
    for count in visits:
        line = Line(item=SealedItem.LEGAL_ID_COPY, count=count)
        [marked] = rules.marked("YY2026-000001", [line], used)
        used[line.item] += count
        numbers += marked.copies
    assert numbers == [f"YY2026-000001-S{n:02d}" for n in range(1, sum(visits) + 1)]


def test_lines_of_nothing_are_left_out_and_materials_are_named() -> None:
    lines = [
        Line(item=SealedItem.UNIVERSITY, count=2, material_row=1),
        Line(item=SealedItem.PRESIDENT, count=0),
    ]
    [known] = rules.known_lines(form(), lines)
    assert known.material == "第1份材料：横向技术开发（委托）合同"


def test_the_reason_and_the_other_person_are_asked_for_by_name() -> None:
    with pytest.raises(rules.NotAtTheCounter) as refused:
        rules.who_came(handler_present=False, came_instead="", reason="")
    assert [error.field for error in refused.value.errors] == ["came_instead", "reason"]
