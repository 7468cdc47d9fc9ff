"""The key that signs the manifests of archive packages, and the signatures that it gave."""

import sqlalchemy as sa
from alembic import op

from shared.database import UtcDateTime

revision = "document_0013"
down_revision = "document_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archivist",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("certificate_ends_at", UtcDateTime, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_archivist"),
    )
    op.create_table(
        "archive_signature",
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("manifest_sha256", name="pk_archive_signature"),
    )
