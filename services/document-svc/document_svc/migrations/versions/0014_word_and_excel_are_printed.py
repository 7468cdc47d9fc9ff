"""Word and Excel files as PDF, for print copies."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime, only_where

revision = "document_0014"
down_revision = "document_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversion",
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("extension", sa.String(8), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("tried_at", UtcDateTime, nullable=True),
        sa.Column("made_sha256", sa.String(64), nullable=True),
        sa.Column("pages", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("source_sha256", name="pk_conversion"),
    )
    op.create_index(
        "ix_conversion_asked_at",
        "conversion",
        ["asked_at"],
        **only_where(sa.text("tried_at IS NULL")),
    )
