"""How each row of a request's record is bound to the one before. Pure.

A row's hash is SHA-256 over its canonical JSON, which contains the hash before it: altering,
removing or reordering rows of a request shows.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

BEFORE_THE_FIRST = "0" * 64

Entry = dict[str, Any]

# What the hash binds; the rest of a row is there to answer a repeated command.
BOUND = (
    "request_id",
    "sequence",
    "kind",
    "actor_id",
    "actor_name",
    "revision",
    "submission_sha256",
    "task_id",
    "node",
    "node_name",
    "unit_name",
    "verdict",
    "opinion",
    "detail",
    "arrived_at",
    "at",
    "previous_hash",
)


def canonical(value: object) -> bytes:
    """One text for one value: sorted keys, no spaces, times in UTC (cf. RFC 8785).

    What is read from it (`json.loads`) has the same canonical text again.
    """
    text = json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_as_text
    )
    return text.encode()


def digest(value: object) -> str:
    return sha256(canonical(value)).hexdigest()


def chained(rows: Sequence[Entry], *, length: int, head: str) -> list[Entry]:
    """The rows with number and hash, following a record of this length and end."""
    result = []
    for sequence, row in enumerate(rows, start=length + 1):
        bound = row | {"sequence": sequence, "previous_hash": head}
        head = hash_of(bound)
        result.append(bound | {"hash": head})
    return result


def hash_of(row: Mapping[str, Any]) -> str:
    return digest({name: row[name] for name in BOUND})


def first_broken(
    rows: Iterable[Mapping[str, Any]], hashed: Callable[[Mapping[str, Any]], str] = hash_of
) -> int | None:
    """The sequence at which such a record stops being what was written, or None.

    `rows`: all of them in order of sequence, with the columns of the table. `hashed`: how a row's
    hash is made, where other columns are bound.
    """
    head = BEFORE_THE_FIRST
    for expected, row in enumerate(rows, start=1):
        sound = row["sequence"] == expected and row["previous_hash"] == head
        if not sound or row["hash"] != hashed(row):
            return expected
        head = row["hash"]
    return None


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical text for {type(value).__name__}")
