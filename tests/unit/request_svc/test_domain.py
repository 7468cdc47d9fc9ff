"""受理号, titles, and how long a request has taken."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from request_svc.domain import elapsed_seconds, still_urged, title, tracking_number, year_of

from shared.contracts.people import BusinessType
from shared.contracts.workflow import Node

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_tracking_number_says_its_year_and_serial() -> None:
    assert tracking_number("SL", 2026, 42) == "SL2026-000042"


def test_a_serial_counts_from_one() -> None:
    with pytest.raises(ValueError, match="counts from 1"):
        tracking_number("SL", 2026, 0)


SERIALS = st.tuples(st.integers(2000, 2999), st.integers(1, 999_999))


@given(SERIALS, SERIALS)
def test_tracking_numbers_sort_as_they_were_given(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    assert (one < other) == (tracking_number("SL", *one) < tracking_number("SL", *other))


def test_the_year_begins_at_the_organisations_midnight() -> None:
    last_second = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert year_of(last_second, SHANGHAI) == 2026
    assert year_of(last_second + timedelta(seconds=1), SHANGHAI) == 2027


def test_a_title_names_the_first_material_and_how_many_there_are() -> None:
    assert title(BusinessType.RESEARCH, ["任务书"]) == "科研类用印申请（任务书）"
    assert title(BusinessType.RESEARCH, ["任务书", "", "预算"]) == "科研类用印申请（任务书 等3项）"


def test_a_title_can_be_made_of_nothing() -> None:
    assert title(None, []) == "用印申请"


def test_a_long_title_is_cut() -> None:
    assert title(BusinessType.GENERAL, ["长" * 200]) == f"综合类用印申请（{'长' * 39}…）"


def test_elapsed_time_stops_at_the_end() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    later, now = start + timedelta(minutes=5), start + timedelta(days=2)
    assert elapsed_seconds(start, later, now) == 300
    assert elapsed_seconds(start, None, now) == 172_800
    assert elapsed_seconds(now, None, start) == 0  # a clock that was set back


def test_an_urge_ends_with_the_node_it_went_to() -> None:
    waiting = (Node(id="countersign", name="会签部门意见"), Node(id="x", name="另一环节"))
    assert still_urged(["unit_head", "countersign"], waiting) == ["countersign"]
