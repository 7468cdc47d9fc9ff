"""The counter: submissions as handed in, the append-only ledger, scans, corrections."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime
from shared.migrations.append_only import append_only

revision = "document_0004"
down_revision = "document_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _submissions()
    op.drop_table("seal_use")
    _ledger()
    _beside_the_ledger()
    append_only("ledger_entry", "ledger_line")


def _submissions() -> None:
    op.create_table(
        "submission",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("tracking_number", sa.String(40), nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("initiator_id", sa.Uuid, nullable=False),
        sa.Column("initiator_name", sa.Text, nullable=False),
        sa.Column("form", Json, nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "revision", name="pk_submission"),
    )
    op.create_index("ix_submission_tracking_number", "submission", ["tracking_number"])


def _ledger() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("tracking_number", sa.String(40), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("unit_name", sa.Text, nullable=False),
        sa.Column("handler_name", sa.Text, nullable=False),
        sa.Column("handler_present", sa.Boolean, nullable=False),
        sa.Column("came_instead", sa.Text, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("scans", Json, nullable=False),
        sa.Column("closing", sa.Boolean, nullable=False),
        sa.Column("corrects", sa.Integer, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("second_id", sa.Uuid, nullable=True),
        sa.Column("second_name", sa.Text, nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_ledger_entry"),
        sa.UniqueConstraint("id", name="uq_ledger_entry_id"),
        sa.UniqueConstraint(
            "by_id", "idempotency_key", name="uq_ledger_entry_by_id_idempotency_key"
        ),
    )
    op.create_index("ix_ledger_entry_request_id", "ledger_entry", ["request_id", "revision"])
    op.create_index("ix_ledger_entry_at", "ledger_entry", ["at"])
    op.create_index("ix_ledger_entry_unit_id", "ledger_entry", ["unit_id", "sequence"])
    op.create_table(
        "ledger_line",
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("item", sa.String(30), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("sequence", "position", name="pk_ledger_line"),
        sa.ForeignKeyConstraint(
            ["sequence"], ["ledger_entry.sequence"], name="fk_ledger_line_sequence"
        ),
    )
    op.create_index("ix_ledger_line_item", "ledger_line", ["item", "sequence"])
    head = op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": "0" * 64}])


def _beside_the_ledger() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("pages", sa.Integer, nullable=True),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("uploaded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scan"),
    )
    op.create_index("ix_scan_request_id", "scan", ["request_id"])
    op.create_table(
        "correction",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("corrects", sa.Integer, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        sa.Column("proposer_name", sa.Text, nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=True),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sa.ForeignKeyConstraint(
            ["corrects"], ["ledger_entry.sequence"], name="fk_correction_corrects"
        ),
    )
    op.create_index("ix_correction_state", "correction", ["state", "id"])
