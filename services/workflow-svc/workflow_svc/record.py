"""处理记录: what is written down of a deed, and how each row is bound to the one before. Pure.

A row's hash is SHA-256 over its canonical JSON, which contains the hash before it: altering,
removing or reordering rows of a request shows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from workflow_svc.domain import Happening, Instance, Kind
from workflow_svc.flow import Flow

BEFORE_THE_FIRST = "0" * 64

Entry = dict[str, Any]

_WRITTEN_DOWN = frozenset(
    {
        Kind.SUBMITTED,
        Kind.BLOCKED,
        Kind.DECIDED,
        Kind.CARRIED_OVER,
        Kind.WITHDRAWN,
        Kind.URGED,
        Kind.REASSIGNED,
        Kind.CHOSEN,
        Kind.SIGNER_ADDED,
        Kind.SIGNER_REMOVED,
        Kind.COPIED,
        Kind.OVERDUE,
        Kind.APPROVED,
        Kind.COMPLETED,
        Kind.VOID_PROPOSED,
        Kind.VOID_DECLINED,
        Kind.VOIDED,
    }
)
_OF_PEOPLE = frozenset(
    {
        *(Kind.URGED, Kind.REASSIGNED, Kind.CHOSEN, Kind.COPIED, Kind.OVERDUE),
        *(Kind.SIGNER_ADDED, Kind.SIGNER_REMOVED, Kind.VOIDED),
    }
)
# What the hash binds; the rest of a row is there to answer a repeated command.
_BOUND = (
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
    """One text for one value: sorted keys, no spaces, times in UTC (cf. RFC 8785)."""
    text = json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_as_text
    )
    return text.encode()


def digest(value: object) -> str:
    return sha256(canonical(value)).hexdigest()


def entries(
    instance: Instance,
    flow: Flow,
    happened: Iterable[Happening],
    *,
    submission_sha256: str,
    at: datetime,
) -> list[Entry]:
    """The rows that these happenings add to the record, not yet chained."""
    return [
        _entry(instance, flow, happening) | {"submission_sha256": submission_sha256, "at": at}
        for happening in happened
        if happening.kind in _WRITTEN_DOWN
    ]


def chained(rows: Sequence[Entry], *, length: int, head: str) -> list[Entry]:
    """The rows with number and hash, following a record of this length and end."""
    result = []
    for sequence, row in enumerate(rows, start=length + 1):
        bound = row | {"sequence": sequence, "previous_hash": head}
        head = _hash(bound)
        result.append(bound | {"hash": head})
    return result


def first_broken(rows: Sequence[Mapping[str, Any]]) -> int | None:
    """The sequence at which a request's record stops being what was written, or None.

    `rows`: all of them in order of sequence, with the columns of the table.
    """
    head = BEFORE_THE_FIRST
    for expected, row in enumerate(rows, start=1):
        sound = row["sequence"] == expected and row["previous_hash"] == head
        if not sound or row["hash"] != _hash(row):
            return expected
        head = row["hash"]
    return None


def _hash(row: Mapping[str, Any]) -> str:
    return digest({name: row[name] for name in _BOUND})


def _entry(instance: Instance, flow: Flow, happening: Happening) -> Entry:
    task = happening.task
    where = task.node if task else happening.node
    node = flow.node(where) if where else None
    return {
        "request_id": instance.request_id,
        "kind": happening.kind.value,
        "actor_id": happening.by.id if happening.by else None,
        "actor_name": happening.by.name if happening.by else None,
        "revision": instance.revision,
        "task_id": task.id if task else None,
        "node": node.id if node else None,
        "node_name": node.name if node else None,
        "unit_name": task.unit.name if task else None,
        "verdict": happening.verdict.value if happening.verdict else None,
        "opinion": happening.opinion or None,
        "detail": _detail(instance, flow, happening),
        "arrived_at": task.opened_at if task else None,
    }


def _detail(instance: Instance, flow: Flow, happening: Happening) -> dict[str, Any]:
    """What else there is to say of a deed; only what there is."""
    said: dict[str, Any] = {}
    if happening.kind is Kind.SUBMITTED:
        said = {"flow": flow.key, "flow_version": flow.version}
    if happening.kind in {Kind.APPROVED, Kind.COMPLETED}:
        said = {"number": instance.number}
    said |= _carried(happening)
    if happening.kind in _OF_PEOPLE:
        said["people"] = [person.name for person in happening.people]
    if happening.on_behalf_of is not None:
        said["on_behalf_of"] = happening.on_behalf_of.name
    if happening.gave_up is not None:
        said["gave_up"] = happening.gave_up.name
    if happening.why is not None:
        said["why"] = happening.why.value
    if happening.step is not None:
        said["step"] = happening.step.value
    if happening.reason:
        said["reason"] = happening.reason
    return said


def _carried(happening: Happening) -> dict[str, Any]:
    """What a decision brings with it besides its opinion."""
    said: dict[str, Any] = {}
    if happening.countersigners:
        said["countersigners"] = [unit.name for unit in happening.countersigners]
    if happening.attachments:
        said["attachments"] = [file.model_dump(mode="json") for file in happening.attachments]
    return said


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical text for {type(value).__name__}")
