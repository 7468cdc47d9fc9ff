"""The requests that have not ended, the newest first: those at one node are found among them."""

import sqlalchemy as sa
from alembic import op

from shared.database import only_where

revision = "workflow_0010"
down_revision = "workflow_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_instances_under_way",
        "instances",
        ["started_at", "request_id"],
        **only_where(sa.text("ended_at IS NULL")),
    )
