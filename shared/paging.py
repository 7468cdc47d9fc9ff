"""Keyset pages: a page begins after the last row of the one before, whatever came meanwhile.

A cursor is where a page ended, in time and id, and opaque to clients: base64url of `<time>|<id>`.
A page costs the same however long the list is, as long as an index leads (time, id).
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Query
from sqlalchemy import ColumnElement, Uuid, literal, tuple_

from shared.database import UtcDateTime
from shared.errors import FieldError, Invalid

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=200)]

R = TypeVar("R")


class InvalidCursor(Invalid):
    code = "invalid_cursor"
    message = "翻页标记无效，请重新打开列表"

    def __init__(self) -> None:
        wrong = FieldError(field="cursor", code="malformed", message=self.message)
        super().__init__(errors=(wrong,))


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


def older(at: Any, row_id: Any, than: Position) -> ColumnElement[bool]:
    """The rows of a newest-first list after this place.

    Compared as one row value, so that the index is entered at the very place.
    """
    place = tuple_(literal(than.at, UtcDateTime()), literal(than.id, Uuid()))
    return tuple_(at, row_id) < place


def cut(
    rows: Sequence[R], limit: int, place: Callable[[R], Position]
) -> tuple[Sequence[R], str | None]:
    """A page of what was read with one row more than `limit`, and the cursor of what is left."""
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    return shown, place(shown[-1]).cursor()
