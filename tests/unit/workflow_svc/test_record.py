"""The record is a chain: whoever changes it shows where."""

from datetime import timedelta

import pytest
from workflow_svc import record

from shared.record import chain
from shared.record.chain import Entry
from tests.unit.workflow_svc.world import HE, LU, QIN, XUE, submitted


def a_record() -> list[Entry]:
    walk = submitted()
    happened = list(walk.happened)
    for by in (LU, QIN, HE, XUE):
        walk.decide(by)
        happened += walk.happened
    rows = record.entries(walk.state, walk.flow, happened, submission_sha256="a" * 64, at=walk.now)
    return chain.chained(rows, length=0, head=chain.BEFORE_THE_FIRST)


def test_every_deed_is_written_down_once_and_in_order() -> None:
    rows = a_record()
    kinds = ["submitted", "decided", "decided", "decided", "decided", "approved"]
    assert [row["kind"] for row in rows] == kinds
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert chain.first_broken(rows) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("opinion", "不同意"), ("actor_name", "别人"), ("verdict", "return"), ("node", "unit_head")],
)
def test_an_altered_row_is_found(name: str, value: str) -> None:
    rows = a_record()
    rows[1] |= {name: value}
    assert chain.first_broken(rows) == 2


def test_a_shifted_time_is_found() -> None:
    rows = a_record()
    rows[2] |= {"at": rows[2]["at"] + timedelta(microseconds=1)}
    assert chain.first_broken(rows) == 3


def test_a_removed_row_is_found() -> None:
    rows = a_record()
    assert chain.first_broken(rows[:2] + rows[3:]) == 3


def test_reordered_rows_are_found() -> None:
    rows = a_record()
    rows[1], rows[2] = rows[2], rows[1]
    assert chain.first_broken(rows) == 2


def test_a_row_written_anew_does_not_fit_the_next() -> None:
    rows = a_record()
    forged = {k: v for k, v in rows[1].items() if k != "hash"} | {"opinion": "不同意"}
    rows[1] = chain.chained([forged], length=1, head=rows[0]["hash"])[0]
    assert chain.first_broken(rows) == 3


def test_a_record_can_be_continued() -> None:
    rows = a_record()
    start = chain.chained(rows[:3], length=0, head=chain.BEFORE_THE_FIRST)
    rest = chain.chained(rows[3:], length=3, head=start[-1]["hash"])
    assert chain.first_broken(start + rest) is None
