"""Whether a signature carries a time stamp of a third party."""

import sqlalchemy as sa
from alembic import op

revision = "document_0008"
down_revision = "document_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "signature",
        sa.Column("timestamped", sa.Boolean, nullable=False, server_default=sa.false()),
    )
