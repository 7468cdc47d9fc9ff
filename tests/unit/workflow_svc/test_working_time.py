"""Working time: evenings, weekends and holidays do not count, exchanged workdays do."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from workflow_svc.settings import WorkflowSettings
from workflow_svc.working_time import Calendar, Span, read_calendar

ZONE = ZoneInfo("Asia/Shanghai")
CHINA = read_calendar(WorkflowSettings.model_fields["calendar_file"].default, ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def after(start: str, span: str) -> str:
    ends = CHINA.after(at(start), Span.parse(span))
    assert ends.tzinfo is UTC
    return ends.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "span", "ends"),
    [
        ("2026-03-03 09:00", "2h", "2026-03-03 11:00"),
        ("2026-03-03 11:00", "2h", "2026-03-03 14:30"),  # over the noon break
        ("2026-03-03 17:00", "1h", "2026-03-04 08:30"),  # over the night
        ("2026-03-03 22:00", "30m", "2026-03-04 08:30"),  # arrived in the evening
        ("2026-03-03 09:00", "1d", "2026-03-04 09:00"),
        ("2026-03-06 09:00", "1d", "2026-03-09 09:00"),  # over a weekend
        ("2026-03-07 10:00", "8h", "2026-03-09 17:30"),  # arrived on a Saturday
        ("2026-09-30 09:00", "1d", "2026-10-08 09:00"),  # over the National Day week
        ("2026-09-19 09:00", "4h", "2026-09-20 12:00"),  # a Sunday that is worked
        ("2026-02-13 17:00", "1h", "2026-02-14 08:30"),  # a Saturday that is worked
    ],
)
def test_only_working_time_counts(start: str, span: str, ends: str) -> None:
    assert after(start, span) == ends


@given(
    st.integers(0, 525_000),
    st.integers(1, 300),
)
def test_what_is_due_is_due_in_working_hours(minute: int, hours: int) -> None:
    begun = at("2026-01-01 00:00") + timedelta(minutes=minute)
    due = CHINA.after(begun, Span(hours, "h"))
    local = due.astimezone(ZONE)
    assert CHINA.is_working_day(local.date())
    assert any(begins < local.time() <= ends for begins, ends in CHINA.hours)
    assert begun < due < CHINA.after(begun, Span(hours + 1, "h"))


@pytest.mark.parametrize("text", ["", "2", "0d", "2 d", "1.5h", "2w", "-1d", "1000d"])
def test_what_is_no_working_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="working time"):
        Span.parse(text)


def test_a_calendar_without_working_days_is_no_calendar() -> None:
    never = Calendar(zone=ZONE, weekend=frozenset(range(7)))
    with pytest.raises(OverflowError):
        never.after(at("2026-03-03 09:00"), Span(1, "h"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('hours = ["17:00-08:00"]\nweekend = ["sunday"]', "ends before"),
        ('hours = ["13:00-17:00", "08:00-12:00"]\nweekend = ["sunday"]', "without overlap"),
        ('hours = ["08:00-12:00"]\nweekend = ["someday"]', "weekend"),
        ('weekend = ["sunday"]', "hours"),
        ('hours = ["08:00-12:00"]\nweekend = ["sunday"]\ncolour = 1', "colour"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match=named):
        read_calendar(path, ZONE)


def test_the_calendar_of_the_code_knows_its_year() -> None:
    assert date(2026, 10, 1) in CHINA.holidays
    assert date(2026, 10, 10) in CHINA.workdays
    assert CHINA.hours == ((time(8), time(12)), (time(13, 30), time(17, 30)))
