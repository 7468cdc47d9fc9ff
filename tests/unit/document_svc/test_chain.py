"""The chain of the ledger: every change of a row, and of their order, is found where it is."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from document_svc.chain import BEFORE_THE_FIRST, canonical, digest, first_broken
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 3, 1, 3, 42, tzinfo=UTC)


def chain(*texts: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    head = BEFORE_THE_FIRST
    for sequence, text in enumerate(texts, start=1):
        row = {"sequence": sequence, "text": text, "at": AT, "previous_hash": head}
        head = digest(row)
        rows.append({**row, "hash": head})
    return rows


def test_a_whole_chain_is_whole() -> None:
    assert first_broken(chain("一", "二", "三")) is None
    assert first_broken([]) is None


@given(st.integers(0, 4), st.sampled_from(["text", "sequence", "previous_hash", "hash", "at"]))
def test_a_changed_row_is_found(place: int, column: str) -> None:
    rows = chain(*"一二三四五")
    value = rows[place][column]
    rows[place][column] = value + timedelta(seconds=1) if column == "at" else value * 2
    assert first_broken(rows) == place + 1


@given(st.permutations(range(5)))
def test_another_order_is_found_at_its_first_place(order: list[int]) -> None:
    rows = [chain(*"一二三四五")[place] for place in order]
    wrong = next((n for n, place in enumerate(order, start=1) if place != n - 1), None)
    assert first_broken(rows) == wrong


@given(st.integers(0, 3))
def test_a_removed_row_is_found_unless_it_was_the_last(place: int) -> None:
    rows = chain(*"一二三四五")
    del rows[place]
    assert first_broken(rows) == place + 1


def test_one_moment_has_one_text_whatever_its_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=8)))
    assert canonical({"at": AT}) == canonical({"at": elsewhere})
