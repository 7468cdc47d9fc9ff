"""What 督查室 proposed to void, until a second person has confirmed or declined it."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "workflow_0006"
down_revision = "workflow_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "void_proposals",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("by_name", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["instances.request_id"], name="fk_void_proposals_request_id"
        ),
        sa.PrimaryKeyConstraint("request_id", name="pk_void_proposals"),
    )
