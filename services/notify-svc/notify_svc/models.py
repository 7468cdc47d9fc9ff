"""notify-svc's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UtcDateTime, service_metadata


class Base(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = {datetime: UtcDateTime, str: Text}  # noqa: RUF012 - SQLAlchemy's own


class Contact(Base):
    """Where a person can be reached, from the directory's events."""

    __tablename__ = "contact"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str]
    name: Mapped[str]
    mobile: Mapped[str | None]
    email: Mapped[str | None]
    active: Mapped[bool]
    changed_at: Mapped[datetime]


class Notification(Base):
    """One person is told of one occasion, once."""

    __tablename__ = "notification"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(unique=True)  # occasion and recipient
    kind: Mapped[str] = mapped_column(String(40))
    request_id: Mapped[UUID] = mapped_column(index=True)
    while_open: Mapped[UUID | None] = mapped_column(index=True)
    person_id: Mapped[UUID | None]
    person_name: Mapped[str]
    happened_at: Mapped[datetime]


class Delivery(Base):
    """A notification on its way by one channel, with its text as it goes out."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "channel"),
        Index(None, "channel", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notification.id"))
    channel: Mapped[str] = mapped_column(String(10))
    address: Mapped[str]
    subject: Mapped[str]
    body_text: Mapped[str]
    body_html: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    resent: Mapped[bool]  # an earlier attempt may have gone out
    # When the dispatcher looks at it next; while sending, the end of its lease; None at an end.
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str]  # why it waits or failed


class Attempt(Base):
    """Committed before anything goes out; ended when the answer is known."""

    __tablename__ = "attempt"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str]


class Closed(Base):
    """A task or a request that is over: what only mattered while it was open need not go out."""

    __tablename__ = "closed"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
