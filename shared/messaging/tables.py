"""The tables of messaging, in every service's own database (migration: shared/migrations)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    false,
)

from shared.database import UtcDateTime, only_where

metadata = MetaData()

_position = BigInteger().with_variant(Integer(), "sqlite")

outbox = Table(
    "outbox",
    metadata,
    Column("position", _position, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False),
    Column("topic", String(100), nullable=False),
    Column("aggregate", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("correlation", String(64)),
    Column("body", LargeBinary, nullable=False),
    Column("sent_at", UtcDateTime),
)
Index("ix_outbox_unsent", outbox.c.position, **only_where(outbox.c.sent_at.is_(None)))
Index("ix_outbox_aggregate", outbox.c.aggregate, outbox.c.sequence)

aggregate_sequence = Table(
    "aggregate_sequence",
    metadata,
    Column("aggregate", Uuid, primary_key=True),
    Column("last", Integer, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("handler", String(100), primary_key=True),
    Column("handled_at", UtcDateTime, nullable=False),
)
Index("ix_inbox_handled_at", inbox.c.handled_at)

inbox_cursor = Table(
    "inbox_cursor",
    metadata,
    Column("producer", String(40), primary_key=True),
    Column("aggregate", Uuid, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("holding", Boolean, nullable=False, server_default=false()),
)

inbox_waiting = Table(
    "inbox_waiting",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("lane", String(100), primary_key=True),
    Column("producer", String(40), nullable=False),
    Column("aggregate", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("topic", String(100), nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("correlation", String(64)),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Index("ix_inbox_waiting_due", "state", "next_attempt_at"),
    Index("ix_inbox_waiting_order", "producer", "aggregate", "sequence"),
)
