"""What the lists are read by: requests by time and by what narrows them; words to find them by."""

from alembic import op

from shared import searching

revision = "workflow_0002"
down_revision = "workflow_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_instances_started_at_request_id", "instances", ["started_at", "request_id"])
    for column in ("status", "business_type", "unit_id"):
        op.create_index(
            f"ix_instances_{column}_started_at_request_id",
            "instances",
            [column, "started_at", "request_id"],
        )
    searching.create()
