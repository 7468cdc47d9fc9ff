"""A callback says when it was sent; one that is too old, or not yet due, is not believed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from notify_svc.errors import BadCallback

OLDEST = timedelta(minutes=5)


def check_age(query: Mapping[str, str], received_at: datetime) -> None:
    """By `timestamp`, in seconds since 1970. Raises: BadCallback."""
    stamp = query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadCallback
    if abs(received_at - datetime.fromtimestamp(int(stamp), UTC)) > OLDEST:
        raise BadCallback
