"""知会 and 督办 as kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import UtcDateTime, only_where
from workflow_svc.models import Base


class CopyRow(Base):
    """知会 (`why` copy) and 督办 (`why` supervision): who sees a request besides.

    `by_id`: None when the flow or a deadline put them there. What nobody has read yet is an index
    of its own: few of the many that a person was ever sent.
    """

    __tablename__ = "copies"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("instances.request_id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(String(20), primary_key=True)
    person_name: Mapped[str] = mapped_column(String(100))
    by_id: Mapped[UUID | None]
    by_name: Mapped[str | None] = mapped_column(String(100))
    node_name: Mapped[str | None] = mapped_column(String(100))
    copied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_OF_PERSON = (CopyRow.person_id, CopyRow.why, CopyRow.copied_at, CopyRow.request_id)
Index("ix_copies_person_id_why_copied_at_request_id", *_OF_PERSON)
Index(
    "ix_copies_unread",
    *_OF_PERSON,
    **only_where(CopyRow.read_at.is_(None)),
)
