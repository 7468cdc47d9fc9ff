"""Files that approvers attach to their decisions."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "workflow_0008"
down_revision = "workflow_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("pages", sa.Integer, nullable=True),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("uploaded_at", UtcDateTime, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["instances.request_id"], name="fk_attachments_request_id"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_attachments_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_task_id_by_id", "attachments", ["task_id", "by_id"])
