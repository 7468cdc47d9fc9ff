"""Cursors: what was given comes back the same, anything else is refused."""

import base64
from datetime import UTC, datetime

import pytest

from shared.database import new_id
from shared.paging import InvalidCursor, Position, cut

AT = datetime(2026, 3, 2, 1, 30, 15, 123456, tzinfo=UTC)


def test_a_cursor_leads_back_to_its_place() -> None:
    place = Position(AT, new_id())
    assert Position.of(place.cursor()) == place
    assert Position.of(None) is None


@pytest.mark.parametrize(
    "text",
    ["x", "AAAA", "?", f"{AT.isoformat()}|", f"{AT.replace(tzinfo=None)}|{new_id()}", "漢"],
    ids=["no base64", "no text", "a sign", "no id", "no time zone", "no ASCII"],
)
def test_what_was_never_given_is_refused(text: str) -> None:
    encoded = base64.urlsafe_b64encode(text.encode()).decode()
    for cursor in (text, encoded):
        with pytest.raises(InvalidCursor):
            Position.of(cursor)


def test_a_page_says_whether_something_is_left() -> None:
    places = [Position(AT, new_id()) for _ in range(3)]
    assert cut(places, 3, lambda place: place) == (places, None)
    shown, following = cut(places, 2, lambda place: place)
    assert (shown, Position.of(following)) == (places[:2], places[1])
