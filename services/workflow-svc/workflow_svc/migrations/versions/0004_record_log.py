"""One log over the record of all requests, with its signed checkpoints."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "workflow_0004"
down_revision = "workflow_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_action_log_at", "action_log", ["at"])
    op.create_table(
        "record_leaves",
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_record_leaves"),
        sa.UniqueConstraint("request_id", "sequence", name="uq_record_leaves_request_id_sequence"),
    )
    op.create_index("ix_record_leaves_at", "record_leaves", ["at"])
    op.create_table(
        "record_checkpoints",
        sa.Column("size", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("peaks", Json, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_record_checkpoints"),
    )
