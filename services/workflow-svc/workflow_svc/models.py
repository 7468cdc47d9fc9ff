"""What workflow-svc keeps: the directory, flows, requests on their way, the record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Json, UtcDateTime, only_where, service_metadata
from shared.searching import search_table


class Base(DeclarativeBase):
    metadata = service_metadata()


search_table(Base.metadata)


class UnitRow(Base):
    """`position`: its place in the imported file, which is the order people know."""

    __tablename__ = "units"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20), index=True)
    approves: Mapped[list[str]] = mapped_column(Json)
    seal_text: Mapped[str] = mapped_column(String(100))  # empty: it has no seal
    active: Mapped[bool]
    position: Mapped[int]


class PersonRow(Base):
    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    mobile: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    active: Mapped[bool]


class PostRow(Base):
    """A person holds a post in a unit. Who has left holds none."""

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_unit_id_post", "unit_id", "post"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    post: Mapped[str] = mapped_column(String(20), primary_key=True)


class DirectoryImport(Base):
    """That the files of a folder were imported."""

    __tablename__ = "directory_imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DirectoryDeed(Base):
    """Who changed what in the directory; never changed itself. `detail`: what is different."""

    __tablename__ = "directory_log"
    __table_args__ = (Index("ix_directory_log_at_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID]
    actor_name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[UUID | None]
    subject_name: Mapped[str] = mapped_column(String(100))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class FlowDefinition(Base):
    """A published version of a flow: inserted once, never changed, as the database itself sees to;
    only `retired_at` may be set. `body` is its TOML. `published_by`: None for the code's own."""

    __tablename__ = "flow_definitions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(100))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FlowDraft(Base):
    """A version that is not published yet. `state`: draft, or verified as it stands."""

    __tablename__ = "flow_drafts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    matter: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    saved_by: Mapped[UUID]
    saved_by_name: Mapped[str] = mapped_column(String(100))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class InstanceRow(Base):
    """A request in the workflow. Every command locks this row first.

    `version` counts the commands that changed it; `log_length` and `head_hash` are the end of
    its record.
    """

    __tablename__ = "instances"
    __table_args__ = (
        # What a command changes (node, version) stands in no index, so that it costs none.
        Index("ix_instances_started_at_request_id", "started_at", "request_id"),
        Index("ix_instances_status_started_at_request_id", "status", "started_at", "request_id"),
        *(
            Index(
                f"ix_instances_{column}_started_at_request_id", column, "started_at", "request_id"
            )
            for column in ("business_type", "unit_id")
        ),
        Index(
            "ix_instances_under_way",
            *("started_at", "request_id"),
            **only_where(text("ended_at IS NULL")),
        ),
    )

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    tracking_number: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    matter: Mapped[str] = mapped_column(String(64))
    business_type: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[UUID]
    unit_name: Mapped[str] = mapped_column(String(100))
    initiator_id: Mapped[UUID]
    initiator_name: Mapped[str] = mapped_column(String(100))
    flow_key: Mapped[str] = mapped_column(String(64))
    flow_version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    node: Mapped[str | None] = mapped_column(String(64))
    countersigners: Mapped[list[dict[str, str]]] = mapped_column(Json)
    chosen: Mapped[dict[str, list[dict[str, str]]]] = mapped_column(Json)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    version: Mapped[int]
    log_length: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SubmissionRow(Base):
    """What was handed in, frozen: what approvers saw. `sha256` is of its canonical JSON."""

    __tablename__ = "submissions"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("instances.request_id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TaskRow(Base):
    """One seat's part in a node. Never reopened, never reused.

    `next_step_at`: when its deadline calls for something next; None when for nothing any more.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_request_id_revision", "request_id", "revision"),
        Index("ix_tasks_decided_by_closed_at_id", "decided_by", "closed_at", "id"),
        Index("ix_tasks_state_id", "state", "id"),
        Index("ix_tasks_next_step_at", "next_step_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("instances.request_id"))
    revision: Mapped[int]
    node: Mapped[str] = mapped_column(String(64))
    node_name: Mapped[str] = mapped_column(String(100))
    unit_id: Mapped[UUID]
    unit_name: Mapped[str] = mapped_column(String(100))
    post: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[int]
    appointed: Mapped[bool]
    added_by: Mapped[UUID | None]
    added_by_name: Mapped[str | None] = mapped_column(String(100))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_step_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    urged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(String(20))
    opinion: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str | None] = mapped_column(String(100))
    on_behalf_of: Mapped[UUID | None]
    on_behalf_of_name: Mapped[str | None] = mapped_column(String(100))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CandidateRow(Base):
    """Who may act on a task. `open` and `opened_at` are the task's, so that a to-do list is one
    stretch of an index, however many tasks there ever were. `on_behalf_of`: of a delegate."""

    __tablename__ = "task_candidates"
    __table_args__ = (
        Index(
            "ix_task_candidates_person_id_open_opened_at_task_id",
            *("person_id", "open", "opened_at", "task_id"),
        ),
    )

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_name: Mapped[str] = mapped_column(String(100))
    open: Mapped[bool]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    on_behalf_of: Mapped[UUID | None]
    on_behalf_of_name: Mapped[str | None] = mapped_column(String(100))


class DelegationRow(Base):
    """委托: `to` acts in `from`'s place. `post`, `unit`: only there; None means everywhere.

    `takes_effect_at`: when open tasks have to be looked at because of it next; None: done.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        UniqueConstraint("from_id", "idempotency_key"),
        Index("ix_delegations_from_id", "from_id"),
        Index("ix_delegations_to_id", "to_id"),
        Index("ix_delegations_takes_effect_at", "takes_effect_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    from_id: Mapped[UUID]
    from_name: Mapped[str] = mapped_column(String(100))
    to_id: Mapped[UUID]
    to_name: Mapped[str] = mapped_column(String(100))
    post: Mapped[str | None] = mapped_column(String(20))
    unit_id: Mapped[UUID | None]
    unit_name: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    takes_effect_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    idempotency_key: Mapped[str | None] = mapped_column(String(100))


class WithdrawalAhead(Base):
    """撤销 that came before the submission it ends; counts only if it is the initiator's."""

    __tablename__ = "withdrawals_ahead"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LogRow(Base):
    """The record: one row a deed, never changed, each bound to the one before by its hash.

    `idempotency_key`, `command_sha256` and `answer` let a repeated command be answered as the
    first time; they are no part of the deed and of its hash.
    """

    __tablename__ = "action_log"
    __table_args__ = (
        UniqueConstraint("actor_id", "idempotency_key"),
        Index("ix_action_log_at", "at"),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey("instances.request_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None] = mapped_column(String(100))
    revision: Mapped[int]
    submission_sha256: Mapped[str] = mapped_column(String(64))
    task_id: Mapped[UUID | None]
    node: Mapped[str | None] = mapped_column(String(64))
    node_name: Mapped[str | None] = mapped_column(String(100))
    unit_name: Mapped[str | None] = mapped_column(String(100))
    verdict: Mapped[str | None] = mapped_column(String(20))
    opinion: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str | None] = mapped_column(String(100))
    command_sha256: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)


class VoidProposal(Base):
    """作废 that waits for a second person."""

    __tablename__ = "void_proposals"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("instances.request_id"), primary_key=True)
    by_id: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(500))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LeafRow(Base):
    """A row of the record in the organisation's log; `position` from 0, without gaps."""

    __tablename__ = "record_leaves"
    __table_args__ = (
        UniqueConstraint("request_id", "sequence"),
        Index("ix_record_leaves_at", "at"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    request_id: Mapped[UUID]
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CheckpointRow(Base):
    """The log as it was at some size. `note` is what is signed; `peaks` let the tree grow on."""

    __tablename__ = "record_checkpoints"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    peaks: Mapped[list[str]] = mapped_column(Json)
    note: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NumberSeries(Base):
    """The last 编号 given in a year of the organisation's calendar."""

    __tablename__ = "number_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class SavedOpinion(Base):
    """常用处理意见, private to its person."""

    __tablename__ = "saved_opinions"
    __table_args__ = (UniqueConstraint("person_id", "text"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    text: Mapped[str] = mapped_column(String(500))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[int]
