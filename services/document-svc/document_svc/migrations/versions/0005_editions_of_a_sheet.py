"""Editions of a sheet: one with more pages replaces the one before."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "document_0005"
down_revision = "document_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sheet", sa.Column("continued", Json, nullable=False, server_default="[]"))
    op.add_column("sheet", sa.Column("edition", sa.Integer, nullable=False, server_default="1"))
    op.add_column("signature", sa.Column("event", Json, nullable=False, server_default="{}"))
    op.drop_column("signature", "seal_order")
    op.create_table(
        "sheet_edition",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("base_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("replaced_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "revision", "edition", name="pk_sheet_edition"),
        sa.ForeignKeyConstraint(
            ["request_id", "revision"],
            ["sheet.request_id", "sheet.revision"],
            name="fk_sheet_edition_request_id_revision",
        ),
    )
