"""Who holds which post: every service may have to know. Indexes for operators and for pruning."""

import sqlalchemy as sa
from alembic import op

revision = "messaging_0002"
down_revision = "messaging_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_post",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("unit_id", sa.Uuid, primary_key=True),
        sa.Column("post", sa.String(20), primary_key=True),
    )
    op.create_index("ix_outbox_aggregate", "outbox", ["aggregate", "sequence"])
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])
