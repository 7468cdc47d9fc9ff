"""Certificates that are in use no more, and their keys until those are destroyed."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "document_0009"
down_revision = "document_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retired_certificate",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("retired_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("serial", name="pk_retired_certificate"),
    )
