"""What approvers attach to their decisions, as it is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import UtcDateTime
from workflow_svc.models import Base


class AttachmentRow(Base):
    """A file uploaded for a task. `decided_at`: of the decision that names it, for good."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_task_id_by_id", "task_id", "by_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("instances.request_id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    pages: Mapped[int | None]
    by_id: Mapped[UUID]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
