"""Which files were imported, and who changed what in the directory."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "workflow_0005"
down_revision = "workflow_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_imports",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory_imports"),
    )
    op.create_table(
        "directory_log",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=True),
        sa.Column("subject_name", sa.String(100), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory_log"),
    )
    op.create_index("ix_directory_log_at_id", "directory_log", ["at", "id"])
