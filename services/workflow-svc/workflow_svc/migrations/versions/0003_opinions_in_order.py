"""常用处理意见 stand in the order that their person gives them."""

import sqlalchemy as sa
from alembic import op

revision = "workflow_0003"
down_revision = "workflow_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("saved_opinions") as opinions:
        opinions.add_column(sa.Column("position", sa.Integer, nullable=False, server_default="0"))
        opinions.alter_column("position", server_default=None)
