"""Keyset pages: a cursor is where the last page ended, in time and id; its cost is always one page.

Opaque to clients: base64url of `<time>|<id>`.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from workflow_svc.errors import InvalidCursor


@dataclass(frozen=True, slots=True)
class Position:
    at: datetime
    id: UUID

    def cursor(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.id}".encode()).decode()

    @classmethod
    def of(cls, cursor: str | None) -> "Position | None":
        """Raises: InvalidCursor for what `cursor` never gave."""
        if cursor is None:
            return None
        try:
            at, _, row_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
            position = cls(datetime.fromisoformat(at), UUID(row_id))
        except ValueError as error:
            raise InvalidCursor from error
        if position.at.tzinfo is None:
            raise InvalidCursor
        return position
