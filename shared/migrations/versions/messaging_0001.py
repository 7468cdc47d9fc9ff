"""The tables of messaging: outbox, sequences, inbox, lanes, waiting events."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime, only_where

revision = "messaging_0001"
down_revision = None
branch_labels = ("messaging",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("aggregate", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("time", UtcDateTime, nullable=False),
        sa.Column("correlation", sa.String(64)),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("sent_at", UtcDateTime),
    )
    unsent = only_where(sa.text("sent_at IS NULL"))
    op.create_index("ix_outbox_unsent", "outbox", ["position"], **unsent)
    op.create_table(
        "aggregate_sequence",
        sa.Column("aggregate", sa.Uuid, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("handled_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "inbox_cursor",
        sa.Column("producer", sa.String(40), primary_key=True),
        sa.Column("aggregate", sa.Uuid, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("holding", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "inbox_waiting",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("lane", sa.String(100), primary_key=True),
        sa.Column("producer", sa.String(40), nullable=False),
        sa.Column("aggregate", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("time", UtcDateTime, nullable=False),
        sa.Column("correlation", sa.String(64)),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_index("ix_inbox_waiting_due", "inbox_waiting", ["state", "next_attempt_at"])
    op.create_index(
        "ix_inbox_waiting_order", "inbox_waiting", ["producer", "aggregate", "sequence"]
    )
