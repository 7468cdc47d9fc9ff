"""document-svc's tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Json, UtcDateTime, only_where, service_metadata
from shared.readers import readers_tables


class Base(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own
        datetime: UtcDateTime,
        str: Text,
        bytes: LargeBinary,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


readers_tables(Base.metadata)


class Sheet(Base):
    """The sheet of one revision. Its files stay; `sha256` is the newest, with every seal so far."""

    __tablename__ = "sheet"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verification_code: Mapped[str] = mapped_column(String(26), unique=True)
    tracking_number: Mapped[str] = mapped_column(String(40))
    handler_name: Mapped[str]
    submission: Mapped[dict[str, Any]]  # request.submitted, as it was received
    submission_sha256: Mapped[str] = mapped_column(String(64))  # of its form
    approved: Mapped[dict[str, Any]]  # how many of each item may be used
    base_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[int]
    countersigners: Mapped[list[Any]]  # units, in the order of their places
    continued: Mapped[list[Any]]  # opinions that are printed whole on a further page
    edition: Mapped[int]  # how often it was typeset, from 1
    number: Mapped[str | None] = mapped_column(String(40))  # 编号
    rendered_at: Mapped[datetime]


class Void(Base):
    """This revision counts no more, whether or not its sheet has been made yet."""

    __tablename__ = "void"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(String(20))
    voided_at: Mapped[datetime]


class Signature(Base):
    """One signature on a sheet, with the digest of the file that it made."""

    __tablename__ = "signature"
    __table_args__ = (
        ForeignKeyConstraint(["request_id", "revision"], ["sheet.request_id", "sheet.revision"]),
        UniqueConstraint("request_id", "revision", "field"),
        UniqueConstraint("request_id", "revision", "task_id"),
        Index("ix_signature_unit_id_sealed_at", "unit_id", "sealed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    revision: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    place: Mapped[str | None] = mapped_column(String(40))  # None: certifies the number
    task_id: Mapped[UUID | None]
    unit_id: Mapped[UUID]
    unit_name: Mapped[str]
    signer_id: Mapped[UUID]
    signer_name: Mapped[str]
    signed_at: Mapped[datetime]  # when the signer decided; the sheet shows its date
    sealed_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    event: Mapped[dict[str, Any]]  # the decision that ordered it, with its order
    timestamped: Mapped[bool]  # by a third party (RFC 3161)


class SheetEdition(Base):
    """An earlier edition of a revision's sheet, which one with more pages replaced."""

    __tablename__ = "sheet_edition"
    __table_args__ = (
        ForeignKeyConstraint(["request_id", "revision"], ["sheet.request_id", "sheet.revision"]),
    )

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    replaced_at: Mapped[datetime]


class SealRefusal(Base):
    """An order that was not obeyed, with the event that brought it. An alarm until it is settled.

    `event` is kept whole, so that it can be tried again once its cause is mended.
    """

    __tablename__ = "seal_refusal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    revision: Mapped[int]
    tracking_number: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str]
    topic: Mapped[str] = mapped_column(String(80))
    event: Mapped[dict[str, Any]]
    refused_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    settler_name: Mapped[str | None]


class Seal(Base):
    """A unit's seal and certificate, as the register has them.

    `credential` is PKCS#12 under the deployment's passphrase; a unit without `seal_text` signs
    without a seal.
    """

    __tablename__ = "seal"

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20))
    seal_text: Mapped[str]
    active: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    keeper: Mapped[str | None]
    drawing: Mapped[bytes | None]
    picture: Mapped[bytes | None]  # an uploaded one takes the place of the drawing
    width_mm: Mapped[float | None]
    credential: Mapped[bytes | None]
    certificate: Mapped[bytes | None]  # DER
    certificate_ends_at: Mapped[datetime | None]


class Authority(Base):
    """The installation's own certificate authority, PKCS#12; there is one."""

    __tablename__ = "authority"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    credential: Mapped[bytes]
    certificate: Mapped[bytes | None]  # DER
    created_at: Mapped[datetime]


class Conversion(Base):
    """A Word or Excel file as PDF, for print copies. `tried_at` None: it waits to be made.

    `made_sha256` None afterwards: it could not be, so that nobody tries again.
    """

    __tablename__ = "conversion"
    __table_args__ = (
        Index("ix_conversion_asked_at", "asked_at", **only_where(text("tried_at IS NULL"))),
    )

    source_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    extension: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    made_sha256: Mapped[str | None] = mapped_column(String(64))
    pages: Mapped[int | None]
