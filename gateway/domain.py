"""How long a session lasts and how often one may guess. Pure: no clock, no database."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
# A session's last use is written no more often than this, so that reading a page writes nothing.
SESSION_TOUCH = timedelta(minutes=1)
ATTEMPT_WINDOW = timedelta(minutes=1)


def new_session_id() -> str:
    """256 random bits, as a browser's cookie carries them."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def normal_login(login: str) -> str:
    return login.strip().lower()


def session_lives(*, opened_at: datetime, seen_at: datetime, now: datetime) -> bool:
    return now - seen_at < SESSION_IDLE and now - opened_at < SESSION_LIFE


def seconds_to_wait(attempts: Sequence[datetime], *, limit: int, now: datetime) -> int:
    """How long until one more attempt is looked at; 0 when this one is.

    `attempts` are those of one subject, newest first, this one among them.
    """
    recent = [at for at in attempts if now - at < ATTEMPT_WINDOW]
    if len(recent) <= limit:
        return 0
    return max(1, ceil((recent[limit] + ATTEMPT_WINDOW - now).total_seconds()))
