"""Sheets, their signatures, seals and certificates, the seal-use ledger."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "document_0001"
down_revision = None
branch_labels = ("document",)
depends_on = None


def upgrade() -> None:
    _sheets()
    _signatures()
    _seals()
    _ledger()
    _people()


def _sheets() -> None:
    op.create_table(
        "sheet",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("verification_code", sa.String(26), nullable=False),
        sa.Column("tracking_number", sa.String(40), nullable=False),
        sa.Column("handler_name", sa.Text, nullable=False),
        sa.Column("approved", Json, nullable=False),
        sa.Column("base_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("countersigners", Json, nullable=False),
        sa.Column("number", sa.String(40), nullable=True),
        sa.Column("rendered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "revision", name="pk_sheet"),
        sa.UniqueConstraint("verification_code", name="uq_sheet_verification_code"),
    )
    op.create_table(
        "void",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("voided_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "revision", name="pk_void"),
    )


def _signatures() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("place", sa.String(40), nullable=True),
        sa.Column("task_id", sa.Uuid, nullable=True),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("unit_name", sa.Text, nullable=False),
        sa.Column("signer_id", sa.Uuid, nullable=False),
        sa.Column("signer_name", sa.Text, nullable=False),
        sa.Column("signed_at", UtcDateTime, nullable=False),
        sa.Column("sealed_at", UtcDateTime, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
        sa.ForeignKeyConstraint(
            ["request_id", "revision"],
            ["sheet.request_id", "sheet.revision"],
            name="fk_signature_request_id_revision",
        ),
        sa.UniqueConstraint(
            "request_id", "revision", "field", name="uq_signature_request_id_revision_field"
        ),
        sa.UniqueConstraint(
            "request_id", "revision", "task_id", name="uq_signature_request_id_revision_task_id"
        ),
    )


def _seals() -> None:
    op.create_table(
        "seal",
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seal_text", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("drawing", sa.LargeBinary, nullable=True),
        sa.Column("credential", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("unit_id", name="pk_seal"),
    )
    op.create_table(
        "authority",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_authority"),
    )


def _ledger() -> None:
    op.create_table(
        "seal_use",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("uses", Json, nullable=False),
        sa.Column("handler_name", sa.Text, nullable=False),
        sa.Column("handler_present", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        sa.Column("recorder_name", sa.Text, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("idempotency_key", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_seal_use"),
        sa.UniqueConstraint("request_id", "revision", name="uq_seal_use_request_id_revision"),
    )


def _people() -> None:
    op.create_table(
        "seal_keeper",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_seal_keeper"),
    )
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
