"""What the gateway keeps: who may sign in, who is signed in, who tried in vain."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import UtcDateTime, service_metadata
from shared.readers import readers_tables


class Base(DeclarativeBase):
    metadata = service_metadata()


class Account(Base):
    """A person of the directory as far as signing in goes, as they were at `changed_at`.

    `login` is in lower case, and None once the directory has given it to someone else.
    """

    __tablename__ = "accounts"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_hash: Mapped[str | None] = mapped_column(String(200))


class Session(Base):
    """Someone signed in. `digest` is the SHA-256 of the id that only their browser knows."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.person_id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)  # to the minute


class SignInAttempt(Base):
    """A sign-in that failed or is being decided, once for its login and once for its address.

    `subject` is a digest: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_subject_at", "subject", "at"),)

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


readers_tables(Base.metadata)  # whom news of a request concerns
