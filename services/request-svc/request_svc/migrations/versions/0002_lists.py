"""What the list of one's own requests is narrowed by: unit, present node, deadline, words."""

import sqlalchemy as sa
from alembic import op

from shared import searching
from shared.database import UtcDateTime

revision = "request_0002"
down_revision = "request_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("request") as request:
        request.add_column(sa.Column("unit_id", sa.Uuid))
        request.add_column(sa.Column("current_node", sa.String(64)))
        request.add_column(sa.Column("due_node", sa.String(64)))
        request.add_column(sa.Column("due_at", UtcDateTime))
    searching.create()
