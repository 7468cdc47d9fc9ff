"""What was drawn of files: pages as pictures, Word and Excel as PDF."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "request_0004"
down_revision = "request_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rendition",
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("page", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("width", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("made_sha256", sa.String(64), nullable=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("pages", sa.Integer, nullable=True),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source_sha256", "page", "width", name="pk_rendition"),
    )
