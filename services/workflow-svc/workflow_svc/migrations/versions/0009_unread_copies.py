"""What someone was copied on, or watches, and has not read yet."""

import sqlalchemy as sa
from alembic import op

from shared.database import only_where

revision = "workflow_0009"
down_revision = "workflow_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_copies_unread",
        "copies",
        ["person_id", "why", "copied_at", "request_id"],
        **only_where(sa.text("read_at IS NULL")),
    )
