"""Who may read a request: whom news of it concerns."""

import sqlalchemy as sa
from alembic import op

revision = "gateway_0002"
down_revision = "gateway_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reader",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "person_id", name="pk_reader"),
    )
    op.create_table(
        "overseer",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_overseer"),
    )
