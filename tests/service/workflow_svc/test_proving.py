"""A request's record proves itself, and its place in the log, to whoever has the public key."""

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from workflow_svc import proving, witnessing
from workflow_svc.models import LogRow

from shared.database import new_id
from shared.record.proof import RecordKeys, RecordProof, problems_of, read_proof
from tests.service.workflow_svc.hall import AUDITOR, Hall
from tests.unit.workflow_svc.world import HE, LU, QIN, SHEN, XUE, person


def keys_of(hall: Hall) -> RecordKeys:
    private: Path = hall.trial.runtime.settings.seal_order_private_key
    return RecordKeys(private.with_name("seal-orders.pub.pem"))


async def approved(hall: Hall) -> UUID:
    request_id = await hall.submit()
    await hall.agree(LU, QIN, HE, XUE)
    return request_id


class Other(NamedTuple):
    request_id: UUID
    sequence: int
    hash: str
    at: datetime


async def others_logged(hall: Hall, count: int) -> None:
    """Rows of other requests at the log's end."""
    async with hall.trial.runtime.transaction() as tx:
        rows = [Other(new_id(), 1, f"{number:064x}", tx.now) for number in range(count)]
        await witnessing.enter(tx, rows)


async def asked(hall: Hall, request_id: UUID) -> RecordProof:
    answer = await hall.ask("GET", f"/requests/{request_id}/record-proof", SHEN)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return read_proof(answer.content)


async def test_a_record_in_the_log_is_proven(hall: Hall) -> None:
    request_id = await approved(hall)
    await witnessing.run(hall.trial.runtime)
    proof = await asked(hall, request_id)
    assert list(problems_of(proof, keys_of(hall))) == []
    kinds = [row.entry["kind"] for row in proof.rows]
    assert kinds == ["submitted", "decided", "decided", "decided", "decided", "approved"]
    places = [row.entry["detail"].get("place") for row in proof.rows]
    assert places == [None, None, "applying_unit", "approving_department", None, None]
    auditors = await hall.ask("GET", f"/requests/{request_id}/record-proof", AUDITOR)
    assert auditors.json()["rows"] == json.loads(proof.model_dump_json())["rows"]


@pytest.mark.parametrize("others", [1, 255, 256, 700])
async def test_its_place_is_proven_however_large_the_log_is(hall: Hall, others: int) -> None:
    """The subtrees that are kept in memory, and the rest of the log, in all their proportions."""
    await others_logged(hall, others)
    request_id = await approved(hall)
    await witnessing.run(hall.trial.runtime)
    assert list(problems_of(await asked(hall, request_id), keys_of(hall))) == []
    await others_logged(hall, others)
    assert list(problems_of(await asked(hall, request_id), keys_of(hall))) == []


async def test_rows_that_are_not_in_the_log_yet_are_waited_for(hall: Hall) -> None:
    request_id = await approved(hall)
    answer = await hall.ask("GET", f"/requests/{request_id}/record-proof", SHEN)
    assert (answer.status_code, answer.json()["code"]) == (409, "record_not_logged")
    await witnessing.run(hall.trial.runtime)
    proposal = {"reason": "合同未签"}
    await hall.ask("POST", f"/requests/{request_id}/void-proposal", XUE, json=proposal)
    answer = await hall.ask("GET", f"/requests/{request_id}/record-proof", SHEN)
    assert answer.json()["code"] == "record_not_logged"


async def test_a_record_that_does_not_fit_the_log_is_not_proven(hall: Hall) -> None:
    request_id = await approved(hall)
    await witnessing.run(hall.trial.runtime)
    mine = (LogRow.request_id == request_id) & (LogRow.sequence == 3)
    async with hall.trial.runtime.transaction() as tx:
        await tx.session.execute(update(LogRow).where(mine).values(hash="0" * 64))
    answer = await hall.ask("GET", f"/requests/{request_id}/record-proof", SHEN)
    assert (answer.status_code, answer.json()["code"]) == (409, "record_differs_from_log")


async def test_a_proof_is_for_those_who_may_read_the_record(hall: Hall) -> None:
    request_id = await approved(hall)
    await witnessing.run(hall.trial.runtime)
    path = f"/requests/{request_id}/record-proof"
    assert (await hall.ask("GET", path, person("stranger", "路人"))).status_code == 404
    absent = await hall.ask("GET", f"/requests/{uuid4()}/record-proof", AUDITOR)
    assert absent.status_code == 404


async def test_operators_write_a_proof_to_a_file(
    hall: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request_id = await approved(hall)
    command = proving.AUDIT_PROOF.run
    with pytest.raises(SystemExit, match="record_not_logged"):
        await command(hall.trial.runtime, [str(request_id)])
    await witnessing.run(hall.trial.runtime)
    file = tmp_path / "proof.json"
    await command(hall.trial.runtime, [str(request_id), str(file)])
    assert list(problems_of(read_proof(file.read_bytes()), keys_of(hall))) == []
    await command(hall.trial.runtime, [str(request_id)])
    assert len(read_proof(capsys.readouterr().out.encode()).rows) == 6
    for arguments in ([], ["x"], [str(request_id), "a", "b"]):
        with pytest.raises(SystemExit, match="usage"):
            await command(hall.trial.runtime, arguments)
