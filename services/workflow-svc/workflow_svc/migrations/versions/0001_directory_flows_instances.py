"""The directory, flows, requests on their way, the record."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "workflow_0001"
down_revision = None
branch_labels = ("workflow",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("approves", Json, nullable=False),
        sa.Column("seal_text", sa.String(100), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.UniqueConstraint("code", name="uq_units_code"),
    )
    op.create_index("ix_units_kind", "units", ["kind"])
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("mobile", sa.String(20), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("login", name="uq_people_login"),
    )
    op.create_table(
        "posts",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("post", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "unit_id", "post", name="pk_posts"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_posts_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_posts_unit_id"),
    )
    op.create_index("ix_posts_unit_id_post", "posts", ["unit_id", "post"])
    op.create_table(
        "flow_definitions",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name="pk_flow_definitions"),
    )
    op.create_index("ix_flow_definitions_matter", "flow_definitions", ["matter"])
    op.create_table(
        "instances",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("tracking_number", sa.String(40), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("business_type", sa.String(20), nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("initiator_id", sa.Uuid, nullable=False),
        sa.Column("initiator_name", sa.String(100), nullable=False),
        sa.Column("flow_key", sa.String(64), nullable=False),
        sa.Column("flow_version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("node", sa.String(64), nullable=True),
        sa.Column("countersigners", Json, nullable=False),
        sa.Column("number", sa.String(40), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("log_length", sa.Integer, nullable=False),
        sa.Column("head_hash", sa.String(64), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("request_id", name="pk_instances"),
        sa.UniqueConstraint("number", name="uq_instances_number"),
        sa.UniqueConstraint("tracking_number", name="uq_instances_tracking_number"),
    )
    op.create_table(
        "submissions",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("form", Json, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request_id", "revision", name="pk_submissions"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["instances.request_id"], name="fk_submissions_request_id"
        ),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("node_name", sa.String(100), nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("post", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("urged_at", UtcDateTime, nullable=True),
        sa.Column("verdict", sa.String(20), nullable=True),
        sa.Column("opinion", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=True),
        sa.Column("decided_by_name", sa.String(100), nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["instances.request_id"], name="fk_tasks_request_id"
        ),
    )
    op.create_index("ix_tasks_decided_by_closed_at_id", "tasks", ["decided_by", "closed_at", "id"])
    op.create_index("ix_tasks_request_id_revision", "tasks", ["request_id", "revision"])
    op.create_index("ix_tasks_state_id", "tasks", ["state", "id"])
    op.create_table(
        "task_candidates",
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("person_name", sa.String(100), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("task_id", "person_id", name="pk_task_candidates"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_task_candidates_task_id"),
    )
    op.create_index(
        "ix_task_candidates_person_id_open_opened_at_task_id",
        "task_candidates",
        ["person_id", "open", "opened_at", "task_id"],
    )
    op.create_table(
        "action_log",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=True),
        sa.Column("actor_name", sa.String(100), nullable=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("submission_sha256", sa.String(64), nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=True),
        sa.Column("node", sa.String(64), nullable=True),
        sa.Column("node_name", sa.String(100), nullable=True),
        sa.Column("unit_name", sa.String(100), nullable=True),
        sa.Column("verdict", sa.String(20), nullable=True),
        sa.Column("opinion", sa.Text, nullable=True),
        sa.Column("detail", Json, nullable=False),
        sa.Column("arrived_at", UtcDateTime, nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(100), nullable=True),
        sa.Column("command_sha256", sa.String(64), nullable=True),
        sa.Column("answer", Json, nullable=True),
        sa.PrimaryKeyConstraint("request_id", "sequence", name="pk_action_log"),
        sa.UniqueConstraint(
            "actor_id", "idempotency_key", name="uq_action_log_actor_id_idempotency_key"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["instances.request_id"], name="fk_action_log_request_id"
        ),
    )
    op.create_table(
        "number_series",
        sa.Column("year", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_number_series"),
    )
    op.create_table(
        "saved_opinions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_opinions"),
        sa.UniqueConstraint("person_id", "text", name="uq_saved_opinions_person_id_text"),
    )
