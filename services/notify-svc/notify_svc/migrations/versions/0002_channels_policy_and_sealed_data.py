"""Several providers, receipts, preferences, breakers; addresses and texts are sealed.

What was written before is marked as plain; the service seals it when it next starts.
"""

import json
from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "notify_0002"
down_revision = "notify_0001"
branch_labels = None
depends_on = None

ADDED = (
    sa.Column("person_id", sa.Uuid),
    sa.Column("provider", sa.String(20), nullable=False, server_default=""),
    sa.Column("address_hash", sa.String(32), nullable=False, server_default=""),
    sa.Column("content", sa.Text, nullable=False, server_default=""),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("asked", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unknown_since", UtcDateTime),
    sa.Column("not_before", UtcDateTime),
    sa.Column("next_attempt_at", UtcDateTime),
    sa.Column("deadline", UtcDateTime, nullable=False, server_default="2000-01-01 00:00:00"),
    sa.Column("provider_message_id", sa.Text),
    sa.Column("provider_references", Json, nullable=False, server_default="{}"),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("receipt_due_at", UtcDateTime),
    sa.Column("reached_at", UtcDateTime),
    sa.Column("read_at", UtcDateTime),
    sa.Column("update_due_at", UtcDateTime),
    sa.Column("update_words", sa.Text, nullable=False, server_default=""),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
)
INDEXES = (
    ("channel", "next_attempt_at"),
    ("channel", "address_hash", "sent_at"),
    ("person_id", "id"),
    ("provider", "provider_message_id"),
    ("state", "id"),
    ("receipt_due_at",),
    ("update_due_at",),
)


def upgrade() -> None:
    _contacts()
    _notifications()
    _deliveries()
    _people()
    _providers()


def _contacts() -> None:
    op.add_column(
        "contact",
        sa.Column("administrator", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.execute("UPDATE contact SET mobile = 'plain:' || mobile WHERE mobile IS NOT NULL")
    op.execute("UPDATE contact SET email = 'plain:' || email WHERE email IS NOT NULL")


def _notifications() -> None:
    op.add_column("notification", sa.Column("task_id", sa.Uuid))
    op.add_column(
        "notification", sa.Column("words", sa.Text, nullable=False, server_default="plain:{}")
    )
    # Not every message is about a request. A new column, because not every database can change one.
    op.add_column("notification", sa.Column("about", sa.Uuid))
    op.execute("UPDATE notification SET about = request_id")
    op.drop_index("ix_notification_request_id", "notification")
    op.drop_column("notification", "request_id")
    op.execute("ALTER TABLE notification RENAME COLUMN about TO request_id")
    op.create_index("ix_notification_request_id", "notification", ["request_id"])


def _deliveries() -> None:
    op.drop_index("ix_delivery_channel_due_at", "delivery")
    for column in ADDED:
        op.add_column("delivery", column)
    _move_texts()
    for name in ("subject", "body_text", "body_html", "due_at", "resent"):
        op.drop_column("delivery", name)
    for columns in INDEXES:
        op.create_index(f"ix_delivery_{'_'.join(columns)}", "delivery", columns)
    op.add_column(
        "attempt", sa.Column("errand", sa.String(10), nullable=False, server_default="send")
    )
    op.add_column("attempt", sa.Column("code", sa.Text, nullable=False, server_default=""))


def _move_texts() -> None:
    delivery = sa.table(
        "delivery",
        *(sa.column(name) for name in ("subject", "body_text", "body_html", "content", "address")),
        sa.column("id", sa.Uuid),
        sa.column("notification_id", sa.Uuid),
        sa.column("person_id", sa.Uuid),
        sa.column("due_at", UtcDateTime),
        sa.column("next_attempt_at", UtcDateTime),
        sa.column("deadline", UtcDateTime),
    )
    notification = sa.table(
        "notification",
        sa.column("id", sa.Uuid),
        sa.column("person_id", sa.Uuid),
        sa.column("happened_at", UtcDateTime),
    )
    found = sa.select(delivery, notification.c.person_id.label("whose"), notification.c.happened_at)
    found = found.join(notification, notification.c.id == delivery.c.notification_id)
    for row in op.get_bind().execute(found).all():
        content = {"subject": row.subject, "text": row.body_text, "html": row.body_html}
        content |= {"fields": [], "link": None}
        op.execute(
            sa.update(delivery)
            .where(delivery.c.id == row.id)
            .values(
                content="plain:" + json.dumps(content, ensure_ascii=False),
                address=f"plain:{row.address}" if row.address else "",
                person_id=row.whose,
                next_attempt_at=row.due_at,
                deadline=row.happened_at + timedelta(days=1),
            )
        )


def _people() -> None:
    op.create_table(
        "binding",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("address_hash", sa.String(32), nullable=False),
        sa.Column("bound_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "channel", name="pk_binding"),
        sa.UniqueConstraint("channel", "address_hash", name="uq_binding_channel_address_hash"),
    )
    op.create_table(
        "suppression",
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("address_hash", sa.String(32), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_hash", name="pk_suppression"),
    )
    op.create_table(
        "preference",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "kind", "channel", name="pk_preference"),
    )
    op.create_table(
        "quiet_hours",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("starts", sa.String(5), nullable=False),
        sa.Column("ends", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_quiet_hours"),
    )


def _providers() -> None:
    op.create_table(
        "receipt",
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("delivery_id", sa.Uuid),
        sa.Column("message_id", sa.Text),
        sa.Column("fate", sa.String(12), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("unreachable", sa.Boolean, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("applied_at", UtcDateTime),
        sa.PrimaryKeyConstraint("provider", "key", name="pk_receipt"),
    )
    op.create_index("ix_receipt_delivery_id", "receipt", ["delivery_id"])
    op.create_index("ix_receipt_provider_message_id", "receipt", ["provider", "message_id"])
    op.create_table(
        "provider_state",
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("troubles", sa.Integer, nullable=False),
        sa.Column("closed_until", UtcDateTime),
        sa.Column("probing", sa.Boolean, nullable=False),
        sa.Column("quota_until", UtcDateTime),
        sa.Column("recovered_at", UtcDateTime),
        sa.Column("tokens", sa.Double, nullable=False),
        sa.Column("tokens_at", UtcDateTime, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("last_error_at", UtcDateTime),
        sa.Column("last_success_at", UtcDateTime),
        sa.PrimaryKeyConstraint("provider", name="pk_provider_state"),
    )
    op.create_table(
        "credential",
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("renewed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_credential"),
    )
