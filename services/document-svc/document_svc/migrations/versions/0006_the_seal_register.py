"""The seal register: states, pictures, certificates, proposals, history."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "document_0006"
down_revision = "document_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("state", sa.String(20), nullable=False, server_default="in_use"),
        sa.Column("keeper", sa.Text, nullable=True),
        sa.Column("picture", sa.LargeBinary, nullable=True),
        sa.Column("width_mm", sa.Double, nullable=True),
        sa.Column("certificate", sa.LargeBinary, nullable=True),
        sa.Column("certificate_ends_at", UtcDateTime, nullable=True),
    ):
        op.add_column("seal", column)
    op.add_column("authority", sa.Column("certificate", sa.LargeBinary, nullable=True))
    op.create_index("ix_signature_unit_id_sealed_at", "signature", ["unit_id", "sealed_at"])
    _proposals()
    _history()


def _proposals() -> None:
    op.create_table(
        "seal_proposal",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("picture", sa.LargeBinary, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        sa.Column("proposer_name", sa.Text, nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=True),
        sa.Column("decider_name", sa.Text, nullable=True),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("decision_reason", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_seal_proposal"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["seal.unit_id"], name="fk_seal_proposal_unit_id_seal"
        ),
    )
    op.create_index("ix_seal_proposal_unit_id", "seal_proposal", ["unit_id"])


def _history() -> None:
    op.create_table(
        "seal_act",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("by", sa.Uuid, nullable=True),
        sa.Column("by_name", sa.Text, nullable=True),
        sa.Column("proposed_by", sa.Uuid, nullable=True),
        sa.Column("proposer_name", sa.Text, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seal_act"),
        sa.ForeignKeyConstraint(["unit_id"], ["seal.unit_id"], name="fk_seal_act_unit_id_seal"),
    )
    op.create_index("ix_seal_act_unit_id", "seal_act", ["unit_id"])
