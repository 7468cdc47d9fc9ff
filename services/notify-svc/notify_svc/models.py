"""notify-svc's tables. What a column calls sealed is a text made by `privacy.Safe`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Json, UtcDateTime, service_metadata


class Base(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own
        datetime: UtcDateTime,
        str: Text,
        dict[str, Any]: Json,
    }


class Contact(Base):
    """Where a person can be reached, from the directory's events."""

    __tablename__ = "contact"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str]
    name: Mapped[str]
    mobile: Mapped[str | None]  # sealed
    email: Mapped[str | None]  # sealed
    active: Mapped[bool]
    administrator: Mapped[bool]
    changed_at: Mapped[datetime]


class Binding(Base):
    """An account of a person at a provider: a WeChat openid, a WeCom user."""

    __tablename__ = "binding"
    __table_args__ = (UniqueConstraint("channel", "address_hash"),)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    address: Mapped[str]  # sealed
    address_hash: Mapped[str] = mapped_column(String(32))
    bound_at: Mapped[datetime]


class Suppression(Base):
    """An address that its provider says cannot be reached; it is not tried until then."""

    __tablename__ = "suppression"

    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    until: Mapped[datetime]
    reason: Mapped[str]


class Preference(Base):
    """How a person wants one kind of message by one channel; absent: as by default."""

    __tablename__ = "preference"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))


class QuietHours(Base):
    """When a person does not want to be disturbed, in the organisation's time; "22:00"."""

    __tablename__ = "quiet_hours"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))  # the same as `starts`: none at all


class Notification(Base):
    """One person is told of one occasion, once."""

    __tablename__ = "notification"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(unique=True)  # occasion, its round included; recipient
    kind: Mapped[str] = mapped_column(String(40))
    request_id: Mapped[UUID | None] = mapped_column(index=True)
    while_open: Mapped[UUID | None] = mapped_column(index=True)
    task_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str]
    happened_at: Mapped[datetime]
    words: Mapped[str]  # sealed JSON: the variables of its templates


class Delivery(Base):
    """A notification on its way by one channel, with its text as it goes out."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "channel"),
        Index(None, "channel", "next_attempt_at"),
        Index(None, "channel", "address_hash", "sent_at"),
        Index(None, "person_id", "id"),
        Index(None, "provider", "provider_message_id"),
        Index(None, "state", "id"),
        Index(None, "receipt_due_at"),
        Index(None, "update_due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notification.id"))
    person_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(String(10))
    provider: Mapped[str] = mapped_column(String(20))
    template: Mapped[str] = mapped_column(String(60))  # kind and version of its text
    address: Mapped[str]  # sealed; empty: none is known
    address_hash: Mapped[str] = mapped_column(String(32))
    content: Mapped[str]  # sealed JSON: a `Message`
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]  # all of them, asking included
    failures: Mapped[int]  # those that count
    asked: Mapped[int]
    unknown_since: Mapped[datetime | None]  # an attempt of then may have gone out
    not_before: Mapped[datetime | None]  # quiet hours, a digest
    # When the dispatcher looks at it next; while sending, the end of its lease; None at an end.
    next_attempt_at: Mapped[datetime | None]
    deadline: Mapped[datetime]  # of no use afterwards
    provider_message_id: Mapped[str | None]
    provider_references: Mapped[dict[str, Any]]
    sent_at: Mapped[datetime | None]  # the provider took it
    receipt_due_at: Mapped[datetime | None]  # without one by then, the fallback goes out
    reached_at: Mapped[datetime | None]  # by the provider's receipt
    read_at: Mapped[datetime | None]  # in the portal's inbox
    update_due_at: Mapped[datetime | None]  # its card is to be changed
    update_words: Mapped[str]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str]  # why it waits or failed, in words
    code: Mapped[str]  # the provider's


class Attempt(Base):
    """Committed before anything goes out; ended when the answer is known."""

    __tablename__ = "attempt"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    errand: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str]
    code: Mapped[str]


class Receipt(Base):
    """A provider's word on a message, kept even when it comes before the message's own answer."""

    __tablename__ = "receipt"
    __table_args__ = (Index(None, "provider", "message_id"),)

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    delivery_id: Mapped[UUID | None] = mapped_column(index=True)
    message_id: Mapped[str | None]
    fate: Mapped[str] = mapped_column(String(12))
    code: Mapped[str]
    reason: Mapped[str]
    unreachable: Mapped[bool]
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class ProviderState(Base):
    """How a provider is doing, the same for all replicas."""

    __tablename__ = "provider_state"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    troubles: Mapped[int]  # in a row
    closed_until: Mapped[datetime | None]  # the breaker is open: nothing is sent until then
    probing: Mapped[bool]  # one message finds out whether it is back
    quota_until: Mapped[datetime | None]
    recovered_at: Mapped[datetime | None]  # since then it is given more and more
    tokens: Mapped[float]  # messages that may go out at once, as of `tokens_at`
    tokens_at: Mapped[datetime]
    last_error: Mapped[str]
    last_error_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]


class Credential(Base):
    """A provider's token, renewed once for all replicas."""

    __tablename__ = "credential"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    secret: Mapped[str]  # sealed
    expires_at: Mapped[datetime]
    renewed_at: Mapped[datetime]


class Closed(Base):
    """A task or a request that is over: what only mattered while it was open need not go out."""

    __tablename__ = "closed"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]


class BindTicket(Base):
    """A person on the way to binding an account: a QR code shown, or a sign-in inside WeChat."""

    __tablename__ = "bind_ticket"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # the QR code's scene, the state
    person_id: Mapped[UUID] = mapped_column(index=True)
    channel: Mapped[str] = mapped_column(String(10))
    way: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    address: Mapped[str | None]  # sealed; of whoever scanned it last
    check_code: Mapped[str | None] = mapped_column(String(6))  # told to whoever scanned it
    wrong_codes: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class HeardCall(Base):
    """A provider's call that has been heard, so that its repetition changes nothing."""

    __tablename__ = "heard_call"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(index=True)
