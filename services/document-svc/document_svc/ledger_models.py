"""The tables of the counter: what was submitted, the seal-use ledger, what waits to enter it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from document_svc.models import Base


class Submission(Base):
    """A revision as it was handed in: what the counter and the archive show of it."""

    __tablename__ = "submission"
    __table_args__ = (Index("ix_submission_tracking_number", "tracking_number"),)

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tracking_number: Mapped[str] = mapped_column(String(40))
    matter: Mapped[str] = mapped_column(String(64))
    title: Mapped[str]
    initiator_id: Mapped[UUID]
    initiator_name: Mapped[str]
    form: Mapped[dict[str, Any]]  # SealUseForm
    submitted_at: Mapped[datetime]


class LedgerEntry(Base):
    """One entry of 用印登记簿. The database refuses to change it; `hash` binds all but the last
    three columns, which repeat or find what is bound (`ledger.content_of`)."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("by_id", "idempotency_key"),
        Index("ix_ledger_entry_request_id", "request_id", "revision"),
        Index("ix_ledger_entry_at", "at"),
        Index("ix_ledger_entry_unit_id", "unit_id", "sequence"),
    )

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1, no gaps
    id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    request_id: Mapped[UUID]
    revision: Mapped[int]
    tracking_number: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40))
    title: Mapped[str]
    unit_id: Mapped[UUID]  # 用印单位
    unit_name: Mapped[str]
    handler_name: Mapped[str]
    handler_present: Mapped[bool]
    came_instead: Mapped[str]
    pressed_by: Mapped[str | None]  # None where nothing was pressed, and before it was asked
    lines: Mapped[list[Any]]  # counter_rules.Line; negative counts only in a correction
    scans: Mapped[list[Any]]  # name, sha256, bytes, media_type of each
    closing: Mapped[bool]
    corrects: Mapped[int | None]  # the sequence of the entry that this one corrects
    reason: Mapped[str]
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    second_id: Mapped[UUID | None]  # who confirmed a correction
    second_name: Mapped[str | None]
    at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    month: Mapped[str] = mapped_column(String(7))  # of `at`, in the organisation's time
    words: Mapped[str]  # everything that is searched for, in lower case
    idempotency_key: Mapped[str | None] = mapped_column(String(100))


class LedgerLine(Base):
    """A line of an entry once more, for sums; as unchangeable, and checked against the entry."""

    __tablename__ = "ledger_line"
    __table_args__ = (Index("ix_ledger_line_item", "item", "sequence"),)

    sequence: Mapped[int] = mapped_column(ForeignKey("ledger_entry.sequence"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item: Mapped[str] = mapped_column(String(30))
    count: Mapped[int]


class LedgerHead(Base):
    """The last entry; locked while the next one is written. One row, made by the migration."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Scan(Base):
    """A photo or scan of a sealed copy. It counts once an entry names it."""

    __tablename__ = "scan"
    __table_args__ = (Index("ix_scan_request_id", "request_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    pages: Mapped[int | None]
    by_id: Mapped[UUID]
    uploaded_at: Mapped[datetime]


class Correction(Base):
    """A correction that somebody proposed; it enters the ledger when another confirms it."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_state", "state", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    corrects: Mapped[int] = mapped_column(ForeignKey("ledger_entry.sequence"))
    request_id: Mapped[UUID]
    lines: Mapped[list[Any]]  # what should have been registered, whole
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(String(20))
    proposed_by: Mapped[UUID]
    proposer_name: Mapped[str]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class Happening(Base):
    """An event of workflow-svc about a request, as it came; in order of `id`."""

    __tablename__ = "happening"
    __table_args__ = (Index("ix_happening_request_id", "request_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    topic: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]
