"""Binding an account by QR code or sign-in; calls of providers that have been heard."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "notify_0004"
down_revision = "notify_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bind_ticket",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("check_code", sa.String(6)),
        sa.Column("wrong_codes", sa.Integer, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bind_ticket"),
    )
    op.create_index("ix_bind_ticket_person_id", "bind_ticket", ["person_id"])
    op.create_index("ix_bind_ticket_expires_at", "bind_ticket", ["expires_at"])
    op.create_table(
        "heard_call",
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("heard_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("provider", "key", name="pk_heard_call"),
    )
    op.create_index("ix_heard_call_heard_at", "heard_call", ["heard_at"])


def downgrade() -> None:
    op.drop_table("heard_call")
    op.drop_table("bind_ticket")
