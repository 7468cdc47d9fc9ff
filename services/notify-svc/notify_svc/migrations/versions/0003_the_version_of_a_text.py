"""Which version of a template a message was written by."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0003"
down_revision = "notify_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "delivery", sa.Column("template", sa.String(60), nullable=False, server_default="")
    )
