"""A job: takes the rows of every request's record into one log of the organisation, and signs it.

The chain of a request shows what was changed inside it, but whoever can write to the database can
write a whole chain anew. The log binds all rows of all requests; its signed checkpoints, kept
elsewhere, show any rewriting. It runs behind the decisions, which wait for nothing.

Transactions end in another order than they began, so "later than the last one" would miss rows.
What has no leaf yet is looked for among the rows of the last day before the newest that has one: a
transaction is over in seconds.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, insert, select

from shared.organisation import Organisation
from shared.record.checkpoint import Checkpoint
from shared.record.merkle import Tree, leaf
from shared.service import Command, Job, Runtime
from shared.transaction import Transaction
from workflow_svc.checkpoint import Notary
from workflow_svc.models import CheckpointRow, LeafRow, LogRow

BATCH = 1000
LATEST = timedelta(days=1)  # how much later a row may commit than its time says


@cache
def notary(private_key: Path, organisation: Organisation) -> Notary:
    return Notary(private_key, organisation)


async def run(runtime: Runtime) -> None:
    while True:
        async with runtime.transaction() as tx:
            taken_in = await _take_in(tx)
        if taken_in < BATCH:
            return


async def newest(tx: Transaction) -> CheckpointRow | None:
    query = select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1)
    return await tx.session.scalar(query)


async def _take_in(tx: Transaction) -> int:
    rows = await _without_leaf(tx)
    if rows:
        await enter(tx, rows)
    return len(rows)


async def enter(tx: Transaction, rows: Sequence[Any]) -> None:
    """Puts the rows at the log's end and signs it. Of each: request_id, sequence, hash, at."""
    last = await newest(tx)
    before = Tree() if last is None else Tree(last.size, tuple(map(bytes.fromhex, last.peaks)))
    tree = before.with_leaves(leaf(bytes.fromhex(row.hash)) for row in rows)
    leaves = [
        {
            "position": position,
            "request_id": row.request_id,
            "sequence": row.sequence,
            "hash": row.hash,
            "at": row.at,
        }
        for position, row in enumerate(rows, start=before.size)
    ]
    await tx.session.execute(insert(LeafRow), leaves)
    signing = notary(tx.runtime.settings.seal_order_private_key, tx.runtime.organisation)
    tx.session.add(
        CheckpointRow(
            size=tree.size,
            root=tree.root.hex(),
            peaks=[peak.hex() for peak in tree.peaks],
            note=signing.sign(Checkpoint(tree.size, tree.root)),
            made_at=tx.now,
        )
    )


async def _without_leaf(tx: Transaction) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        select(LogRow.request_id, LogRow.sequence, LogRow.hash, LogRow.at)
        .outerjoin(
            LeafRow,
            (LeafRow.request_id == LogRow.request_id) & (LeafRow.sequence == LogRow.sequence),
        )
        .where(LeafRow.position.is_(None))
        .order_by(LogRow.at, LogRow.request_id, LogRow.sequence)
        .limit(BATCH)
    )
    at = await tx.session.scalar(select(func.max(LeafRow.at)))
    if at is not None:
        query = query.where(LogRow.at >= at - LATEST)
    return (await tx.session.execute(query)).all()


async def _print_newest(runtime: Runtime, _arguments: Sequence[str]) -> None:
    async with runtime.transaction() as tx:
        checkpoint = await newest(tx)
    if checkpoint is None:
        raise SystemExit("the record has no checkpoint yet")
    print(checkpoint.note, end="")  # noqa: T201 - this is what was asked for


WITNESSING = Job("witness", run, every_seconds=60, alone=True)
AUDIT_CHECKPOINT = Command(
    "audit-checkpoint", "print the newest signed checkpoint of the record", _print_newest
)
