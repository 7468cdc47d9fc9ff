"""What the handlers of the contract suite leave behind."""

import sqlalchemy as sa
from alembic import op

revision = "effects_0001"
down_revision = None
branch_labels = ("effects",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "effect",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("aggregate", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )
