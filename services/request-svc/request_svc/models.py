"""The tables of request-svc."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Json, UtcDateTime, service_metadata
from shared.readers import readers_tables
from shared.searching import search_table


class Base(DeclarativeBase):
    metadata = service_metadata()


readers_tables(Base.metadata)
search_table(Base.metadata)


class Request(Base):
    """A request from its first 暂存 on: the working copy of its form, and how it stands.

    `waiting` to `ended_at` are what workflow-svc's events told.
    """

    __tablename__ = "request"
    __table_args__ = (
        UniqueConstraint("tracking_number"),
        Index("ix_request_submitted", "initiator_id", "submitted_at", "id"),
        Index("ix_request_saved", "initiator_id", "saved_at", "id"),
        Index("ix_request_handled", "matter", "status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    matter: Mapped[str] = mapped_column(String(64))
    initiator_id: Mapped[UUID] = mapped_column(Uuid)
    initiator_name: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer)  # of the working copy, from 1
    business_type: Mapped[str | None] = mapped_column(String(30))
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(Integer)  # the last one submitted; 0 before the first
    title: Mapped[str] = mapped_column(String(200))
    submitted_type: Mapped[str | None] = mapped_column(String(30))  # of the last revision
    tracking_number: Mapped[str | None] = mapped_column(String(40))  # 受理号
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # for the first time
    unit_id: Mapped[UUID | None] = mapped_column(Uuid)  # 用印单位 of the last revision
    waiting: Mapped[list[dict[str, str]]] = mapped_column(Json)  # nodes: id and name
    current_node: Mapped[str | None] = mapped_column(String(64))  # the first of them
    due_node: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when `due_node` should be done
    urged: Mapped[list[str]] = mapped_column(Json)  # node ids
    returned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    number: Mapped[str | None] = mapped_column(String(40))  # 编号
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Revision(Base):
    """A form as it was submitted. Never changed."""

    __tablename__ = "revision"

    request_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("request.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class File(Base):
    """A file uploaded to a request. `submitted`: it is part of a revision, so readers see it."""

    __tablename__ = "file"
    __table_args__ = (Index("ix_file_request_id", "request_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    request_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("request.id"))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    pages: Mapped[int | None] = mapped_column(Integer)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted: Mapped[bool] = mapped_column(Boolean)


class Rendition(Base):
    """What was drawn of a file: a page as a picture; page 0, width 0: all of it as PDF.

    `made_sha256` is None for what could not be drawn, so that nobody tries again.
    """

    __tablename__ = "rendition"

    source_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    page: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    width: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    made_sha256: Mapped[str | None] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TrackingCounter(Base):
    """The last serial given in a year; changed only together with the request that got it."""

    __tablename__ = "tracking_counter"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class SubmissionKey(Base):
    """The answer to a submission, kept for the second click of a double click."""

    __tablename__ = "submission_key"

    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(Uuid)
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Favourite(Base):
    """最常用: a matter that a person keeps at hand."""

    __tablename__ = "favourite"

    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    matter: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class MatterOverride(Base):
    """What an administrator says of a matter over its file: `texts` that differ from the file's.

    `version` counts the changes; `notice`: it is closed, and why.
    """

    __tablename__ = "matter_override"

    matter: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    texts: Mapped[dict[str, Any]] = mapped_column(Json)
    notice: Mapped[str | None] = mapped_column(String(500))


class MatterDeed(Base):
    """Who changed what of a matter; never changed itself. `detail`: what is different."""

    __tablename__ = "matter_log"
    __table_args__ = (Index("ix_matter_log_matter", "matter", "at", "id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    matter: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[UUID] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class Visit(Base):
    """How often a person opened a matter's page."""

    __tablename__ = "visit"

    matter: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    times: Mapped[int] = mapped_column(Integer)


class DirectoryUnit(Base):
    """A unit as workflow-svc's directory last described it."""

    __tablename__ = "directory_unit"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    approves: Mapped[list[str]] = mapped_column(Json)
    has_seal: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)


class Membership(Base):
    """That a person holds a post in a unit, whichever it is."""

    __tablename__ = "membership"

    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
