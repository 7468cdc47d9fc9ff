"""What administrators change of matters: an override of the file, and the log of the changes."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime
from shared.migrations.append_only import append_only

revision = "request_0005"
down_revision = "request_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "matter_override",
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("texts", Json, nullable=False),
        sa.Column("notice", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("matter", name="pk_matter_override"),
    )
    op.create_table(
        "matter_log",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_matter_log"),
    )
    op.create_index("ix_matter_log_matter", "matter_log", ["matter", "at", "id"])
    append_only("matter_log")
