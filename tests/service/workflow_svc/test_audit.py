"""Whoever changes the database shows in the audit: each way of tampering is tried."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from workflow_svc import auditing, witnessing
from workflow_svc.auditing import Trace, audit
from workflow_svc.models import (
    CandidateRow,
    CheckpointRow,
    InstanceRow,
    LeafRow,
    LogRow,
    SubmissionRow,
    TaskRow,
)

from shared.record import chain
from shared.record.checkpoint import Checkpoint
from shared.record.merkle import leaf, tree_of
from tests.service.workflow_svc.hall import Hall
from tests.unit.workflow_svc.world import HE, LU, QIN, XUE

Row = Mapping[str, Any]


@pytest.fixture
async def written(hall: Hall) -> UUID:
    """Two requests on their way through, in the log; the first one's id, with six rows."""
    first = await hall.submit()
    await hall.agree(LU, QIN, HE, XUE)
    await hall.submit()
    await hall.agree(LU)
    await witnessing.run(hall.trial.runtime)
    return first


async def execute(hall: Hall, *statements: Any) -> None:
    async with hall.trial.runtime.transaction() as tx:
        for statement in statements:
            await tx.session.execute(statement)


async def rows_of(hall: Hall, request_id: UUID) -> list[dict[str, Any]]:
    async with hall.trial.runtime.transaction() as tx:
        query = select(LogRow.__table__).where(LogRow.request_id == request_id)
        found = await tx.session.execute(query.order_by(LogRow.sequence))
        return [dict(row) for row in found.mappings()]


def row(request_id: UUID, sequence: int) -> Any:
    return (LogRow.request_id == request_id) & (LogRow.sequence == sequence)


async def traces(hall: Hall, note: str | None = None) -> list[tuple[str, UUID | None, int | None]]:
    found = (await audit(hall.trial.runtime, note=note)).findings
    return [(finding.trace, finding.request_id, finding.sequence) for finding in found]


async def rewrite(hall: Hall, request_id: UUID, rows: list[dict[str, Any]]) -> None:
    """What an insider with the whole database does: a new chain, sound in itself."""
    bare = [{k: v for k, v in one.items() if k != "hash"} for one in rows]
    chained = chain.chained(bare, length=0, head=chain.BEFORE_THE_FIRST)
    await execute(
        hall,
        delete(LogRow).where(LogRow.request_id == request_id),
        insert(LogRow).values(chained),
        update(InstanceRow)
        .where(InstanceRow.request_id == request_id)
        .values(log_length=len(chained), head_hash=chained[-1]["hash"]),
    )


async def test_an_untouched_record_is_sound(hall: Hall, written: UUID) -> None:
    done = await audit(hall.trial.runtime)
    assert done.findings == []
    assert (done.requests, done.rows, done.unlogged, done.leaves) == (2, 8, 0, 8)
    await hall.agree(QIN)
    later = await audit(hall.trial.runtime)
    assert (later.findings, later.rows, later.unlogged) == ([], 9, 1)
    alone = await audit(hall.trial.runtime, written)
    assert (alone.findings, alone.requests, alone.rows) == ([], 1, 6)


@pytest.mark.parametrize(
    "forged",
    [{"opinion": "不同意"}, {"actor_name": "别人"}, {"detail": {"x": 1}}, {"task_id": None}],
)
async def test_an_altered_row_is_named(hall: Hall, written: UUID, forged: dict[str, Any]) -> None:
    await execute(hall, update(LogRow).where(row(written, 3)).values(**forged))
    assert await traces(hall) == [(Trace.ALTERED, written, 3)]


async def test_a_removed_row_is_named(hall: Hall, written: UUID) -> None:
    await execute(hall, delete(LogRow).where(row(written, 2)))
    assert await traces(hall) == [(Trace.REMOVED, written, 2)]


async def test_the_first_of_two_exchanged_rows_is_named(hall: Hall, written: UUID) -> None:
    def renumber(sequence: int, to: int) -> Any:
        return update(LogRow).where(row(written, sequence)).values(sequence=to)

    await execute(hall, renumber(3, 99), renumber(4, 3), renumber(99, 4))
    assert await traces(hall) == [(Trace.ALTERED, written, 3)]


async def test_a_removed_end_is_named(hall: Hall, written: UUID) -> None:
    await execute(hall, delete(LogRow).where(LogRow.request_id == written, LogRow.sequence > 4))
    assert await traces(hall) == [(Trace.TAIL_REMOVED, written, 5)]


async def test_an_end_that_was_removed_from_the_request_as_well_is_named(
    hall: Hall, written: UUID
) -> None:
    await rewrite(hall, written, (await rows_of(hall, written))[:4])
    assert await traces(hall) == [(Trace.TAIL_REMOVED, written, 5)]


async def test_a_chain_that_was_written_anew_is_named(hall: Hall, written: UUID) -> None:
    rows = await rows_of(hall, written)
    rows[2]["opinion"] = "不同意"
    await rewrite(hall, written, rows)
    assert await traces(hall) == [(Trace.REWRITTEN, written, 3)]


async def test_an_added_row_is_named(hall: Hall, written: UUID) -> None:
    rows = await rows_of(hall, written)
    extra = {**rows[-1], "sequence": 7, "idempotency_key": None}
    await execute(hall, insert(LogRow).values(extra))
    assert await traces(hall) == [(Trace.ALTERED, written, 7)]


async def test_a_request_that_is_gone_is_named(hall: Hall, written: UUID) -> None:
    tasks = select(TaskRow.id).where(TaskRow.request_id == written)
    await execute(
        hall,
        delete(LogRow).where(LogRow.request_id == written),
        delete(CandidateRow).where(CandidateRow.task_id.in_(tasks)),
        delete(TaskRow).where(TaskRow.request_id == written),
        delete(SubmissionRow).where(SubmissionRow.request_id == written),
        delete(InstanceRow).where(InstanceRow.request_id == written),
    )
    assert await traces(hall) == [(Trace.REMOVED, written, 1)]


async def test_a_form_that_was_exchanged_is_named(hall: Hall, written: UUID) -> None:
    async with hall.trial.runtime.transaction() as tx:
        submission = await tx.session.get_one(SubmissionRow, (written, 1))
        submission.form = {**submission.form, "handler_name": "别人"}
    assert await traces(hall) == [(Trace.SUBMISSION, written, 1)]


async def forge_log(hall: Hall, written: UUID, *, resign: bool) -> None:
    """The insider writes the chain anew, its entries of the log, and the checkpoints."""
    rows = await rows_of(hall, written)
    rows[2]["opinion"] = "不同意"
    await rewrite(hall, written, rows)
    for one in await rows_of(hall, written):
        mine = (LeafRow.request_id == written) & (LeafRow.sequence == one["sequence"])
        await execute(hall, update(LeafRow).where(mine).values(hash=one["hash"]))
    if not resign:
        return
    runtime = hall.trial.runtime
    signing = witnessing.notary(runtime.settings.seal_order_private_key, runtime.organisation)
    async with runtime.transaction() as tx:
        hashes = await tx.session.scalars(select(LeafRow.hash).order_by(LeafRow.position))
        tree = tree_of([leaf(bytes.fromhex(one)) for one in hashes])
        checkpoint = await witnessing.newest(tx)
        assert checkpoint is not None
        checkpoint.root = tree.root.hex()
        checkpoint.note = signing.sign(Checkpoint(tree.size, tree.root))


async def test_a_log_that_was_written_anew_does_not_fit_its_checkpoint(
    hall: Hall, written: UUID
) -> None:
    await forge_log(hall, written, resign=False)
    assert await traces(hall) == [(Trace.LOG, None, None)]


async def test_even_with_the_key_a_checkpoint_kept_elsewhere_shows_it(
    hall: Hall, written: UUID
) -> None:
    async with hall.trial.runtime.transaction() as tx:
        checkpoint = await witnessing.newest(tx)
    assert checkpoint is not None
    kept = checkpoint.note
    await forge_log(hall, written, resign=True)
    assert await traces(hall) == []
    assert (Trace.CHECKPOINT, None, None) in await traces(hall, kept)


async def test_a_log_that_was_cut_is_found(hall: Hall, written: UUID) -> None:
    await execute(hall, delete(LeafRow).where(LeafRow.position >= 6))
    assert (Trace.LOG, None, None) in await traces(hall)


async def test_an_entry_that_is_gone_from_the_log_is_found(hall: Hall, written: UUID) -> None:
    await execute(hall, delete(LeafRow).where(LeafRow.position == 3))
    assert await traces(hall) == [(Trace.LOG, None, None)]


async def test_a_foreign_checkpoint_is_found(hall: Hall, written: UUID) -> None:
    forged = update(CheckpointRow).values(note="sealflow\n8\nAAAA\n\n— sealflow AAAA\n")
    await execute(hall, forged)
    assert await traces(hall) == [(Trace.CHECKPOINT, None, None)]


async def test_the_log_grows_by_what_is_new(hall: Hall, written: UUID) -> None:
    await witnessing.run(hall.trial.runtime)
    assert await hall.trial.count(CheckpointRow) == 1  # nothing was new
    await hall.agree(QIN)
    await witnessing.run(hall.trial.runtime)
    assert (await hall.trial.count(CheckpointRow), await hall.trial.count(LeafRow)) == (2, 9)
    assert await traces(hall) == []


async def test_operators_verify_and_export(
    hall: Hall, written: UUID, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = hall.trial.runtime
    await witnessing.AUDIT_CHECKPOINT.run(runtime, [])
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(capsys.readouterr().out, encoding="utf-8")
    await auditing.AUDIT_VERIFY.run(runtime, [])
    await auditing.AUDIT_VERIFY.run(runtime, [str(kept)])
    await auditing.AUDIT_VERIFY.run(runtime, [str(written)])
    assert "the record is what was written" in capsys.readouterr().out
    await execute(hall, update(LogRow).where(row(written, 3)).values(opinion="不同意"))
    with pytest.raises(SystemExit, match=f"request {written}, row 3: altered"):
        await auditing.AUDIT_VERIFY.run(runtime, [])
    with pytest.raises(SystemExit, match="usage"):
        await auditing.AUDIT_VERIFY.run(runtime, ["nothing-like-it"])
