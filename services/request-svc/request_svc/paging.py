"""Lists by keyset: a page begins after the last row of the one before, whatever came meanwhile."""

import base64
import binascii
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from shared.errors import FieldError, Invalid

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=200)]


def cursor_after(moment: datetime, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{row_id}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Raises: Invalid for what `cursor_after` did not make."""
    try:
        moment, _, row_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None:
            raise ValueError("no time zone")
        return read, UUID(row_id)
    except (ValueError, binascii.Error) as error:
        wrong = FieldError(field="cursor", code="malformed", message="翻页标记无效，请重新打开列表")
        raise Invalid(errors=[wrong]) from error
