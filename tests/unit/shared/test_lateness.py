"""From which moment on something is late: one boundary for lists, marks and reminders."""

from datetime import UTC, datetime, timedelta

from shared.lateness import is_late

DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_late_begins_with_the_moment_of_the_deadline() -> None:
    assert not is_late(DUE, DUE - timedelta(microseconds=1))
    assert is_late(DUE, DUE)
    assert is_late(DUE, DUE + timedelta(microseconds=1))
    assert not is_late(None, DUE)
