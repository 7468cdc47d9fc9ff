"""Orders to seal: what they are checked against, what obeyed them, what did not."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "document_0002"
down_revision = "document_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sheet", sa.Column("submission", Json, nullable=False, server_default="{}"))
    op.add_column(
        "sheet",
        sa.Column("submission_sha256", sa.String(64), nullable=False, server_default=""),
    )
    op.add_column("signature", sa.Column("seal_order", sa.Text, nullable=False, server_default=""))
    op.add_column("seal", sa.Column("kind", sa.String(20), nullable=False, server_default="other"))
    op.create_table(
        "seal_refusal",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("tracking_number", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("event", Json, nullable=False),
        sa.Column("refused_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True),
        sa.Column("settled_by", sa.Uuid, nullable=True),
        sa.Column("settler_name", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_seal_refusal"),
    )
    op.create_table(
        "administrator",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_administrator"),
    )
