"""What workflow-svc told of each request, kept for its archive."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "document_0007"
down_revision = "document_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "happening",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_happening"),
    )
    op.create_index("ix_happening_request_id", "happening", ["request_id", "id"])
