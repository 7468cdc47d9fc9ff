"""The proof of a request's record: its rows, and their places in the organisation's log.

The paths need the roots of subtrees all over the log. Those of full subtrees never change, so the
lowest that are worth it are kept in memory, 32 bytes for each 256 leaves: the log is read through
once in a process's life, and from then on only what was added, and the leaves near those asked for.
"""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import RowMapping, select

from shared.errors import NotFound, Refusal
from shared.record import chain
from shared.record.ending import Ending
from shared.record.merkle import inclusion_path, leaf, root_by_path, tree_of
from shared.record.proof import ProvenRow, RecordProof
from shared.service import Command, Runtime
from shared.transaction import Transaction
from workflow_svc.errors import RecordDiffersFromLog, RecordNotLogged
from workflow_svc.models import CheckpointRow, LeafRow, LogRow
from workflow_svc.witnessing import newest, notary

SUBTREE = 256  # leaves
_SUBTREES_AT_ONCE = 20


@dataclass
class LogTree:
    """`roots`: of each full subtree, from the log's beginning."""

    roots: list[bytes] = field(default_factory=list)
    _growing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def grow(self, tx: Transaction, size: int) -> None:
        """Takes in what is full in a log of this size."""
        async with self._growing:
            while (known := len(self.roots)) < size // SUBTREE:
                until = min(known + _SUBTREES_AT_ONCE, size // SUBTREE)
                leaves = await _leaves(tx, known * SUBTREE, until * SUBTREE)
                self.roots += await asyncio.to_thread(_roots, leaves)


def _roots(leaves: Sequence[bytes]) -> list[bytes]:
    return [
        tree_of(leaves[begin : begin + SUBTREE]).root for begin in range(0, len(leaves), SUBTREE)
    ]


@dataclass(frozen=True, slots=True)
class _Place:
    position: int
    path: tuple[bytes, ...]


async def proof_of(tx: Transaction, request_id: UUID, log: LogTree) -> RecordProof:
    """Raises: NotFound, RecordNotLogged, RecordDiffersFromLog."""
    mine = select(LogRow.__table__).where(LogRow.request_id == request_id)
    found = (await tx.session.execute(mine.order_by(LogRow.sequence))).mappings().all()
    if not found:
        raise NotFound
    logged = await tx.session.execute(
        select(LeafRow.sequence, LeafRow.position).where(LeafRow.request_id == request_id)
    )
    positions = {row.sequence: row.position for row in logged}
    kept = await newest(tx)  # read last, so that it covers them
    if kept is None or any(row["sequence"] not in positions for row in found):
        raise RecordNotLogged
    paths = await _paths(tx, list(positions.values()), kept.size, log)
    places = {
        sequence: _Place(position, path)
        for (sequence, position), path in zip(positions.items(), paths, strict=True)
    }
    for row in found:
        own, place = leaf(bytes.fromhex(row["hash"])), places[row["sequence"]]
        if root_by_path(own, place.position, kept.size, place.path) != bytes.fromhex(kept.root):
            log.roots.clear()
            raise RecordDiffersFromLog
    return _proof(tx, kept, found, places)


def _proof(
    tx: Transaction, kept: CheckpointRow, found: Sequence[RowMapping], places: Mapping[int, _Place]
) -> RecordProof:
    rows = tuple(
        ProvenRow(
            entry=json.loads(chain.canonical({name: row[name] for name in chain.BOUND})),
            hash=row["hash"],
            position=places[row["sequence"]].position,
            path=tuple(each.hex() for each in places[row["sequence"]].path),
        )
        for row in found
    )
    request_id = found[0]["request_id"]
    ending = Ending(request_id=request_id, length=len(rows), head=rows[-1].hash, stated_at=tx.now)
    signing = notary(tx.runtime.settings.seal_order_private_key, tx.runtime.organisation)
    return RecordProof(
        request_id=request_id, rows=rows, checkpoint=kept.note, ending=signing.sign_ending(ending)
    )


async def _paths(
    tx: Transaction, positions: Collection[int], size: int, log: LogTree
) -> list[tuple[bytes, ...]]:
    """From each leaf to the root of the log when it had this size."""
    await log.grow(tx, size)
    near = {position // SUBTREE for position in (*positions, size - 1)}
    blocks = {
        block: await _leaves(tx, block * SUBTREE, min((block + 1) * SUBTREE, size))
        for block in sorted(near)
    }

    @cache
    def root_of(begin: int, end: int) -> bytes:
        if end - begin < SUBTREE:  # and so within one block
            block, first = divmod(begin, SUBTREE)
            return tree_of(blocks[block][first : first + end - begin]).root
        full = log.roots[begin // SUBTREE : end // SUBTREE]
        rest = [root_of(end - end % SUBTREE, end)] if end % SUBTREE else []
        return tree_of([*full, *rest]).root

    return [inclusion_path(position, size, root_of) for position in positions]


async def _leaves(tx: Transaction, begin: int, end: int) -> list[bytes]:
    query = select(LeafRow.hash).where(LeafRow.position >= begin, LeafRow.position < end)
    hashes = await tx.session.scalars(query.order_by(LeafRow.position))
    return [leaf(bytes.fromhex(hash_)) for hash_ in hashes]


async def _command(runtime: Runtime, arguments: Sequence[str]) -> None:
    request_id, file = _told(arguments)
    try:
        async with runtime.transaction() as tx:
            proof = await proof_of(tx, request_id, LogTree())
    except Refusal as refusal:
        raise SystemExit(f"{refusal.code}: {refusal.message}") from refusal
    text = f"{proof.model_dump_json(indent=1)}\n"
    if file is None:
        print(text, end="")  # noqa: T201 - this is what was asked for
    else:
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")


def _told(arguments: Sequence[str]) -> tuple[UUID, Path | None]:
    usage = "usage: audit-proof REQUEST_ID [FILE]"
    if not 1 <= len(arguments) <= 2:
        raise SystemExit(usage)
    try:
        request_id = UUID(arguments[0])
    except ValueError as error:
        raise SystemExit(usage) from error
    return request_id, Path(arguments[1]) if len(arguments) > 1 else None


AUDIT_PROOF = Command(
    "audit-proof", "print a request's record with the proof of its place in the log", _command
)
