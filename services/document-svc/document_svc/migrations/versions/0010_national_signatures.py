"""SM2 signatures beside the seals."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "document_0010"
down_revision = "document_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "national_signature",
        sa.Column("signature_id", sa.Uuid, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=True),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("signature_id", name="pk_national_signature"),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name="fk_national_signature_signature_id_signature"
        ),
    )
