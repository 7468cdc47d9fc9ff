"""Contacts, notifications, deliveries and their attempts, and what is closed."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "notify_0001"
down_revision = None
branch_labels = ("notify",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mobile", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_contact"),
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("dedupe_key", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("while_open", sa.Uuid),
        sa.Column("person_id", sa.Uuid),
        sa.Column("person_name", sa.Text, nullable=False),
        sa.Column("happened_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint("dedupe_key", name="uq_notification_dedupe_key"),
    )
    op.create_index("ix_notification_request_id", "notification", ["request_id"])
    op.create_index("ix_notification_while_open", "notification", ["while_open"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("notification_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body_text", sa.Text, nullable=False),
        sa.Column("body_html", sa.Text),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("resent", sa.Boolean, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name="fk_delivery_notification_id"
        ),
        sa.UniqueConstraint(
            "notification_id", "channel", name="uq_delivery_notification_id_channel"
        ),
    )
    op.create_index("ix_delivery_channel_due_at", "delivery", ["channel", "due_at"])
    op.create_table(
        "attempt",
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("outcome", sa.String(10)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_attempt"),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_attempt_delivery_id"),
    )
    op.create_table(
        "closed",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed"),
    )
