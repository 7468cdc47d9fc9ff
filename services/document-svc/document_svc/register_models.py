"""The seal register's tables: what was proposed, and everything that ever happened to a seal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from document_svc.models import Base


class SealProposal(Base):
    """What one person wants done to a seal, until another confirms or refuses it."""

    __tablename__ = "seal_proposal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("seal.unit_id"), index=True)
    deed: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]]  # of an issue: keeper, width, whether there is a picture
    picture: Mapped[bytes | None]
    reason: Mapped[str]
    proposed_by: Mapped[UUID]
    proposer_name: Mapped[str]
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    decided_by: Mapped[UUID | None]
    decider_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


class SealAct(Base):
    """One thing that happened to a seal. Written once, never changed. `by` None: the service."""

    __tablename__ = "seal_act"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("seal.unit_id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    by: Mapped[UUID | None]
    by_name: Mapped[str | None]
    proposed_by: Mapped[UUID | None]  # the first of the two persons
    proposer_name: Mapped[str | None]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class RetiredCertificate(Base):
    """A certificate with which nothing is sealed any more. `credential` until its key is gone."""

    __tablename__ = "retired_certificate"

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)  # hexadecimal
    unit_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(20))
    retired_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    credential: Mapped[bytes | None]


class NationalSignature(Base):
    """What an SM2 signature server gave for the sheet as one seal left it. Not verified here."""

    __tablename__ = "national_signature"

    signature_id: Mapped[UUID] = mapped_column(ForeignKey("signature.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    value: Mapped[bytes]
    certificate: Mapped[bytes | None]
    server: Mapped[str]
    made_at: Mapped[datetime]


class RevocationList(Base):
    """The authority's newest list of certificates that count no more; there is one."""

    __tablename__ = "revocation_list"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    retired: Mapped[int]  # how many certificates were retired when it was made
    der: Mapped[bytes]
    made_at: Mapped[datetime]
