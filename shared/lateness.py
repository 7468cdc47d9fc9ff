"""超时, the same in every service: late is what is not done when its deadline comes."""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

Moment = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


def is_late(due_at: datetime | None, at: datetime) -> bool:
    """Whether what is due then is late at this moment. Without a deadline nothing is."""
    return due_at is not None and due_at <= at


def late(due_at: Moment, at: datetime | Moment) -> ColumnElement[bool]:
    """The same of rows. `at`: a moment, or the column of one."""
    return due_at <= at
