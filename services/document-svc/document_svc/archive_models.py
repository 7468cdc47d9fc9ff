"""The tables behind the signature of an archive's manifest."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from document_svc.models import Base


class Archivist(Base):
    """The key that signs manifests, with its certificate (DER); there is one. It is no seal."""

    __tablename__ = "archivist"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    credential: Mapped[bytes]
    certificate: Mapped[bytes]
    certificate_ends_at: Mapped[datetime]
    issued_at: Mapped[datetime]


class ArchiveSignature(Base):
    """The signature of a manifest, kept so that the same package has the same bytes for ever."""

    __tablename__ = "archive_signature"

    manifest_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_id: Mapped[UUID]
    value: Mapped[bytes]
    made_at: Mapped[datetime]
