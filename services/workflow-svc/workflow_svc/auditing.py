"""Is the record what was written? Each request's chain, the log of all, the checkpoints."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.contracts.request import SealUseForm
from shared.record import chain
from shared.record.checkpoint import NotOurCheckpoint
from shared.record.merkle import Tree, leaf
from shared.seal_order import form_digest
from shared.service import Command, Runtime
from shared.transaction import Transaction
from workflow_svc.models import CheckpointRow, InstanceRow, LeafRow, LogRow, SubmissionRow
from workflow_svc.witnessing import notary

REQUESTS_AT_ONCE = 100
LEAVES_AT_ONCE = 5000


class Trace(StrEnum):
    """What was found to be wrong."""

    ALTERED = "altered"  # a row is not what was written
    REMOVED = "removed"  # a row is gone, or stands elsewhere
    TAIL_REMOVED = "tail removed"  # the last rows are gone
    REWRITTEN = "rewritten"  # the chain was written anew: sound in itself, not what was logged
    SUBMISSION = "submission altered"  # a form is not what was handed in
    LOG = "log altered"  # the organisation's log does not fit its checkpoints
    CHECKPOINT = "checkpoint"  # a checkpoint is not ours, or does not fit the record


@dataclass(frozen=True, slots=True)
class Finding:
    trace: Trace
    request_id: UUID | None
    sequence: int | None
    what: str

    def __str__(self) -> str:
        where = f"request {self.request_id}, row {self.sequence}: " if self.request_id else ""
        return f"{where}{self.trace}: {self.what}"


@dataclass
class Audit:
    """What was looked at. `unlogged` rows are not in the organisation's log yet."""

    requests: int = 0
    rows: int = 0
    unlogged: int = 0
    leaves: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)


async def audit(
    runtime: Runtime, request_id: UUID | None = None, *, note: str | None = None
) -> Audit:
    """All requests, or one. `note`: a checkpoint that was kept elsewhere."""
    done = Audit()
    async for tx, batch in _requests(runtime, request_id):
        for row in batch:
            await _one(tx, row, done)
    if request_id is None:
        await _gone(runtime, done)
        await _log(runtime, done, note)
    return done


async def _requests(
    runtime: Runtime, request_id: UUID | None
) -> AsyncIterator[tuple[Transaction, Sequence[InstanceRow]]]:
    after: UUID | None = None
    while True:
        query = select(InstanceRow).order_by(InstanceRow.request_id).limit(REQUESTS_AT_ONCE)
        if request_id is not None:
            query = query.where(InstanceRow.request_id == request_id)
        if after is not None:
            query = query.where(InstanceRow.request_id > after)
        async with runtime.transaction() as tx:
            batch = (await tx.session.scalars(query)).all()
            yield tx, batch
        if len(batch) < REQUESTS_AT_ONCE:
            return
        after = batch[-1].request_id


async def _one(tx: Transaction, instance: InstanceRow, done: Audit) -> None:
    mine = LogRow.request_id == instance.request_id
    query = select(LogRow.__table__).where(mine).order_by(LogRow.sequence)
    rows = [dict(row) for row in (await tx.session.execute(query)).mappings()]
    leaves = await tx.session.execute(
        select(LeafRow.sequence, LeafRow.hash).where(LeafRow.request_id == instance.request_id)
    )
    logged = {row.sequence: row.hash for row in leaves}
    done.requests += 1
    done.rows += len(rows)
    done.unlogged += sum(row["sequence"] not in logged for row in rows)
    finding = next(_of_chain(instance, rows, logged), None)
    if finding is None:
        finding = next(_of_submissions(instance, rows, await _submissions(tx, instance)), None)
    if finding is not None:
        done.findings.append(finding)


def _of_chain(
    instance: InstanceRow, rows: Sequence[Mapping[str, Any]], logged: Mapping[int, str]
) -> Iterator[Finding]:
    request_id = instance.request_id
    broken = chain.first_broken(rows)
    if broken is not None:
        there = any(row["sequence"] == broken for row in rows)
        trace = Trace.ALTERED if there else Trace.REMOVED
        yield Finding(trace, request_id, broken, "not what was written")
    for row in rows:
        known = logged.get(row["sequence"])
        if known is not None and known != row["hash"]:
            yield Finding(Trace.REWRITTEN, request_id, row["sequence"], "not what was logged")
    end = max(instance.log_length, *logged, 0)
    if len(rows) < end:
        what = f"rows {len(rows) + 1} to {end} are gone"
        yield Finding(Trace.TAIL_REMOVED, request_id, len(rows) + 1, what)
    head = rows[-1]["hash"] if rows else chain.BEFORE_THE_FIRST
    if len(rows) != instance.log_length or head != instance.head_hash:
        yield Finding(Trace.REWRITTEN, request_id, len(rows), "not the end that the request knows")


async def _submissions(tx: Transaction, instance: InstanceRow) -> Sequence[SubmissionRow]:
    query = select(SubmissionRow).where(SubmissionRow.request_id == instance.request_id)
    return (await tx.session.scalars(query)).all()


def _of_submissions(
    instance: InstanceRow, rows: Sequence[Mapping[str, Any]], submissions: Sequence[SubmissionRow]
) -> Iterator[Finding]:
    forms = {
        submission.revision: form_digest(SealUseForm.model_validate(submission.form))
        for submission in submissions
    }
    for row in rows:
        if forms.get(row["revision"]) != row["submission_sha256"]:
            what = f"revision {row['revision']} is not the form that this row speaks of"
            yield Finding(Trace.SUBMISSION, instance.request_id, row["sequence"], what)


async def _gone(runtime: Runtime, done: Audit) -> None:
    """Requests that the log knows and the database does not."""
    query = (
        select(LeafRow.request_id)
        .outerjoin(InstanceRow, InstanceRow.request_id == LeafRow.request_id)
        .where(InstanceRow.request_id.is_(None))
        .distinct()
    )
    async with runtime.transaction() as tx:
        for request_id in await tx.session.scalars(query):
            done.findings.append(Finding(Trace.REMOVED, request_id, 1, "the whole request is gone"))


async def _log(runtime: Runtime, done: Audit, note: str | None) -> None:
    signing = notary(runtime.settings.seal_order_private_key, runtime.organisation)
    async with runtime.transaction() as tx:
        kept = (await tx.session.scalars(select(CheckpointRow).order_by(CheckpointRow.size))).all()
    notes = [row.note for row in kept] + ([] if note is None else [note])
    roots: dict[int, bytes] = {}
    for text in notes:
        done.checkpoints += 1
        try:
            checkpoint = signing.read(text)
        except NotOurCheckpoint as error:
            done.findings.append(Finding(Trace.CHECKPOINT, None, None, str(error)))
            continue
        if roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            what = f"two checkpoints of size {checkpoint.size} differ"
            done.findings.append(Finding(Trace.CHECKPOINT, None, None, what))
    await _fit(runtime, roots, done)


async def _fit(runtime: Runtime, roots: Mapping[int, bytes], done: Audit) -> None:
    """Grows the tree from its first leaf, and looks at its root at each checkpoint's size."""
    tree = Tree()
    left = sorted(roots)
    async for leaves in _leaves(runtime):
        for row in leaves:
            if row.position != tree.size:
                what = f"leaf {tree.size} is gone"
                done.findings.append(Finding(Trace.LOG, None, None, what))
                return
            tree = tree.with_leaves([leaf(bytes.fromhex(row.hash))])
            done.leaves += 1
            if left and left[0] == tree.size and tree.root != roots[left.pop(0)]:
                what = f"an entry before {tree.size} is not what the checkpoint was signed over"
                done.findings.append(Finding(Trace.LOG, None, None, what))
                return
    if left:
        what = f"the log has {tree.size} entries, a checkpoint {left[-1]}"
        done.findings.append(Finding(Trace.LOG, None, None, what))


async def _leaves(runtime: Runtime) -> AsyncIterator[Sequence[Any]]:
    after = -1
    while True:
        query = select(LeafRow.position, LeafRow.hash).where(LeafRow.position > after)
        async with runtime.transaction() as tx:
            rows = (
                await tx.session.execute(query.order_by(LeafRow.position).limit(LEAVES_AT_ONCE))
            ).all()
        yield rows
        if len(rows) < LEAVES_AT_ONCE:
            return
        after = rows[-1].position


async def _command(runtime: Runtime, arguments: Sequence[str]) -> None:
    request_id, note = _told(arguments)
    done = await audit(runtime, request_id, note=note)
    print(  # noqa: T201 - this is what was asked for
        f"{done.requests} requests, {done.rows} rows ({done.unlogged} not in the log yet), "
        f"{done.leaves} entries of the log, {done.checkpoints} checkpoints"
    )
    if done.findings:
        raise SystemExit("\n".join(map(str, done.findings)))
    print("the record is what was written")  # noqa: T201


def _told(arguments: Sequence[str]) -> tuple[UUID | None, str | None]:
    usage = "usage: audit-verify [REQUEST_ID | CHECKPOINT_FILE]"
    if len(arguments) > 1:
        raise SystemExit(usage)
    if not arguments:
        return None, None
    try:
        return UUID(arguments[0]), None
    except ValueError:
        path = Path(arguments[0])
    if not path.is_file():
        raise SystemExit(usage)
    return None, path.read_text(encoding="utf-8")


AUDIT_VERIFY = Command(
    "audit-verify", "check the record of all requests, or of one, against its log", _command
)
