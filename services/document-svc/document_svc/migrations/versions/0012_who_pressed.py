"""Who pressed the seals: not always who registers it."""

import sqlalchemy as sa
from alembic import op

revision = "document_0012"
down_revision = "document_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_entry", sa.Column("pressed_by", sa.Text, nullable=True))
