"""Somebody who got at the databases: forges events, or breaks them."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.contracts import Event
from shared.database import new_id
from tests.conftest import Product


def say_as_workflow(product: Product, event: Event, *, body: bytes | None = None) -> UUID:
    """Puts an event into workflow-svc's outbox, from where it goes to everyone.

    `body`: another one than the event's own. Returns: the event's id.
    """
    event_id, aggregate = new_id(), event.aggregate.hex
    with closing(_database(product, "workflow")) as database, database:
        database.execute("BEGIN IMMEDIATE")
        known = database.execute(
            "SELECT last FROM aggregate_sequence WHERE aggregate = ?", [aggregate]
        ).fetchone()
        sequence = (known[0] if known else 0) + 1
        database.execute(
            "INSERT INTO aggregate_sequence (aggregate, last) VALUES (?, ?)"
            " ON CONFLICT (aggregate) DO UPDATE SET last = excluded.last",
            [aggregate, sequence],
        )
        database.execute(
            "INSERT INTO outbox (id, topic, aggregate, sequence, time, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                event_id.hex,
                event.topic,
                aggregate,
                sequence,
                datetime.now(UTC).replace(tzinfo=None).isoformat(" "),
                body or event.model_dump_json().encode(),
            ],
        )
    return event_id


def mend(product: Product, service: str, event_id: UUID, event: Event) -> None:
    """Gives an event that waits the body that it should have had."""
    with closing(_database(product, service)) as database, database:
        database.execute(
            "UPDATE inbox_waiting SET body = ? WHERE event_id = ?",
            [event.model_dump_json().encode(), event_id.hex],
        )


def make_late(product: Product, request_id: str) -> None:
    """The open tasks of a request should have been done an hour ago."""
    due = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None).isoformat(" ")
    with closing(_database(product, "workflow")) as database, database:
        database.execute(
            "UPDATE tasks SET due_at = ? WHERE state = 'open' AND request_id = ?",
            [due, UUID(request_id).hex],
        )


def _database(product: Product, service: str) -> sqlite3.Connection:
    assert product.folder is not None, "only the product of this run can be tampered with"
    return sqlite3.connect(product.folder / f"{service}.db", timeout=10)
