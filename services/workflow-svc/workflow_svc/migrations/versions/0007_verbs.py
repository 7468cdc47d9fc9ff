"""Who acts instead of whom, deadlines, copies, delegations; flows are drafted and retired."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime
from shared.migrations.append_only import written_once

revision = "workflow_0007"
down_revision = "workflow_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tasks()
    op.create_table(
        "copies",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("person_name", sa.String(100), nullable=False),
        sa.Column("by_id", sa.Uuid, nullable=True),
        sa.Column("by_name", sa.String(100), nullable=True),
        sa.Column("node_name", sa.String(100), nullable=True),
        sa.Column("copied_at", UtcDateTime, nullable=False),
        sa.Column("read_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("request_id", "person_id", "why", name="pk_copies"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["instances.request_id"], name="fk_copies_request_id"
        ),
    )
    op.create_index(
        "ix_copies_person_id_why_copied_at_request_id",
        "copies",
        ["person_id", "why", "copied_at", "request_id"],
    )
    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("from_id", sa.Uuid, nullable=False),
        sa.Column("from_name", sa.String(100), nullable=False),
        sa.Column("to_id", sa.Uuid, nullable=False),
        sa.Column("to_name", sa.String(100), nullable=False),
        sa.Column("post", sa.String(20), nullable=True),
        sa.Column("unit_id", sa.Uuid, nullable=True),
        sa.Column("unit_name", sa.String(100), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.Column("takes_effect_at", UtcDateTime, nullable=True),
        sa.Column("idempotency_key", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
        sa.UniqueConstraint(
            "from_id", "idempotency_key", name="uq_delegations_from_id_idempotency_key"
        ),
    )
    op.create_index("ix_delegations_from_id", "delegations", ["from_id"])
    op.create_index("ix_delegations_to_id", "delegations", ["to_id"])
    op.create_index("ix_delegations_takes_effect_at", "delegations", ["takes_effect_at"])
    op.create_table(
        "withdrawals_ahead",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "person_id", name="pk_withdrawals_ahead"),
    )
    op.create_index("ix_withdrawals_ahead_person_id", "withdrawals_ahead", ["person_id"])
    _flows()


def _tasks() -> None:
    op.add_column("instances", sa.Column("chosen", Json, nullable=False, server_default="{}"))
    for column in (
        sa.Column("position", sa.Integer, nullable=False, server_default="1"),
        sa.Column("appointed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("added_by", sa.Uuid, nullable=True),
        sa.Column("added_by_name", sa.String(100), nullable=True),
        sa.Column("on_behalf_of", sa.Uuid, nullable=True),
        sa.Column("on_behalf_of_name", sa.String(100), nullable=True),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("escalate_at", UtcDateTime, nullable=True),
        sa.Column("reminded_at", UtcDateTime, nullable=True),
        sa.Column("escalated_at", UtcDateTime, nullable=True),
        sa.Column("next_step_at", UtcDateTime, nullable=True),
    ):
        op.add_column("tasks", column)
    op.create_index("ix_tasks_next_step_at", "tasks", ["next_step_at"])
    op.add_column("task_candidates", sa.Column("on_behalf_of", sa.Uuid, nullable=True))
    op.add_column("task_candidates", sa.Column("on_behalf_of_name", sa.String(100), nullable=True))


def _flows() -> None:
    op.add_column("flow_definitions", sa.Column("published_by", sa.String(100), nullable=True))
    op.add_column("flow_definitions", sa.Column("retired_at", UtcDateTime, nullable=True))
    written_once("flow_definitions", "key", "version", "matter", "body", "sha256", "published_at")
    op.create_table(
        "flow_drafts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("saved_by", sa.Uuid, nullable=False),
        sa.Column("saved_by_name", sa.String(100), nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="pk_flow_drafts"),
    )
