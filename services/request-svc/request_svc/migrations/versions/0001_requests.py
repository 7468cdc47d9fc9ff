"""Requests with their revisions and files; matters' counters; what is known of the directory."""

import sqlalchemy as sa
from alembic import op

from shared.database import Json, UtcDateTime

revision = "request_0001"
down_revision = None
branch_labels = ("request",)
depends_on = None


def upgrade() -> None:
    _requests()
    _matters()
    _directory()
    _readers()


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("initiator_id", sa.Uuid, nullable=False),
        sa.Column("initiator_name", sa.String(100), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("business_type", sa.String(30)),
        sa.Column("form", Json, nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("submitted_type", sa.String(30)),
        sa.Column("tracking_number", sa.String(40)),
        sa.Column("submitted_at", UtcDateTime),
        sa.Column("waiting", Json, nullable=False),
        sa.Column("urged", Json, nullable=False),
        sa.Column("returned", Json),
        sa.Column("number", sa.String(40)),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sa.UniqueConstraint("tracking_number", name="uq_request_tracking_number"),
    )
    op.create_index("ix_request_submitted", "request", ["initiator_id", "submitted_at", "id"])
    op.create_index("ix_request_saved", "request", ["initiator_id", "saved_at", "id"])
    op.create_index("ix_request_handled", "request", ["matter", "status"])
    op.create_table(
        "revision",
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("form", Json, nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_revision_request_id"),
        sa.PrimaryKeyConstraint("request_id", "revision", name="pk_revision"),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("pages", sa.Integer),
        sa.Column("uploaded_at", UtcDateTime, nullable=False),
        sa.Column("submitted", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_file_request_id"),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
    )
    op.create_index("ix_file_request_id", "file", ["request_id"])
    op.create_table(
        "tracking_counter",
        sa.Column("year", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_tracking_counter"),
    )
    op.create_table(
        "submission_key",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_submission_key"),
    )


def _matters() -> None:
    op.create_table(
        "favourite",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "matter", name="pk_favourite"),
    )
    op.create_table(
        "visit",
        sa.Column("matter", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("matter", "person_id", name="pk_visit"),
    )


def _directory() -> None:
    op.create_table(
        "directory_unit",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("approves", Json, nullable=False),
        sa.Column("has_seal", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory_unit"),
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("unit_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "unit_id", name="pk_membership"),
    )


def _readers() -> None:
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
