"""What waits and why, for an operator: list, inspect, replay.

python -m workflow_svc waiting            every event that waits, oldest first
python -m workflow_svc inspect EVENT      one of them whole, with its reason
python -m workflow_svc replay EVENT|all   a parked one is tried again from the start
"""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from shared.messaging.tables import inbox_waiting
from shared.messaging.waiting import Waiting
from shared.service import Command, Runtime
from shared.transaction import Transaction

_SHOWN = ("event_id", "lane", "topic", "aggregate", "sequence", "state", "attempts", "reason")


async def waiting_events(tx: Transaction, *conditions: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Every event that waits, oldest first, without its body; those of the conditions if given."""
    columns = [inbox_waiting.c[name] for name in (*_SHOWN, "since", "next_attempt_at")]
    query = select(*columns).where(*conditions).order_by(inbox_waiting.c.since)
    return [dict(row._mapping) for row in await tx.session.execute(query)]


async def waiting_event(tx: Transaction, event: UUID) -> list[dict[str, Any]]:
    """The event with its body, once for each lane in which it waits."""
    query = select(inbox_waiting).where(inbox_waiting.c.event_id == event)
    found = [dict(row._mapping) for row in await tx.session.execute(query)]
    return [row | {"body": json.loads(row["body"])} for row in found]


async def replay(tx: Transaction, event: UUID | None) -> int:
    """Sets parked events (one, or all) to be tried again now. Returns: how many."""
    parked = inbox_waiting.c.state == Waiting.PARKED
    if event is not None:
        parked &= inbox_waiting.c.event_id == event
    done = await tx.session.execute(
        update(inbox_waiting)
        .where(parked)
        .values(state=Waiting.RETRY, attempts=0, next_attempt_at=tx.now)
        .returning(inbox_waiting.c.event_id)
    )
    return len(done.all())


async def _list(runtime: Runtime, _arguments: Sequence[str]) -> None:
    async with runtime.transaction() as tx:
        rows = await waiting_events(tx)
    for row in rows:
        age = datetime.now(UTC) - row["since"]
        _say(
            f"{row['event_id']}  {row['state']:<6}  {row['topic']} #{row['sequence']}"
            f"  {row['lane']}  {int(age.total_seconds())} s  {row['attempts']}×  {row['reason']}"
        )


async def _inspect(runtime: Runtime, arguments: Sequence[str]) -> None:
    event = _event(arguments)
    async with runtime.transaction() as tx:
        found = await waiting_event(tx, event)
    if not found:
        raise SystemExit(f"no event {event} waits in {runtime.service.name}")
    for row in found:
        _say(json.dumps(row, default=str, ensure_ascii=False, indent=2))


async def _replay(runtime: Runtime, arguments: Sequence[str]) -> None:
    event = None if list(arguments) == ["all"] else _event(arguments)
    async with runtime.transaction() as tx:
        _say(f"replayed {await replay(tx, event)}")


def _event(arguments: Sequence[str]) -> UUID:
    try:
        [text] = arguments
        return UUID(text)
    except ValueError:
        raise SystemExit("give one event id, as `waiting` lists it") from None


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


COMMANDS = (
    Command("waiting", "list the events that wait, and why", _list),
    Command("inspect", "show one waiting event whole", _inspect),
    Command("replay", "try a parked event (or all) again", _replay),
)
