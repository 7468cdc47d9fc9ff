"""How the rows of the ledger are bound to each other. Pure.

A row's hash is SHA-256 over its canonical JSON, which contains the hash of the row before:
altering, removing or reordering rows shows.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID

BEFORE_THE_FIRST = "0" * 64


def canonical(value: object) -> bytes:
    """One text for one value: sorted keys, no spaces, times in UTC (cf. RFC 8785)."""
    text = json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_as_text
    )
    return text.encode()


def digest(content: Mapping[str, Any]) -> str:
    """The hash of a row: of everything in it but `hash` itself. Lower-case hex."""
    bound = {name: value for name, value in content.items() if name != "hash"}
    return sha256(canonical(bound)).hexdigest()


def first_broken(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The place, from 1, at which the ledger stops being what was written; None when it is whole.

    `rows`: from the first one on, in the order of their `sequence`.
    """
    head = BEFORE_THE_FIRST
    for expected, row in enumerate(rows, start=1):
        sound = row["sequence"] == expected and row["previous_hash"] == head
        if not sound or row["hash"] != digest(row):
            return expected
        head = row["hash"]
    return None


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="microseconds")  # noqa: UP017
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical text for {type(value).__name__}")
