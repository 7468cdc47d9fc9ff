"""What document-svc sealed by workflow-svc's orders is what workflow-svc's record proves."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from document_svc.models import Sheet
from document_svc.record_checker import Standing, check_record
from document_svc.service import SERVICE
from document_svc.sheet_verifier import verify
from sqlalchemy import select
from workflow_svc import witnessing

from shared.contracts.request import RequestSubmitted
from shared.database import new_id
from shared.record.proof import RecordKeys, read_proof
from shared.testing import Trial, on_trial
from tests.service.workflow_svc.hall import ADMINISTERED, Hall, submission
from tests.service.workflow_svc.test_definitions import definition, published
from tests.unit.workflow_svc.world import FINANCE, GU, HE, LU, MENG, QIN, SHEN, XUE


@pytest.fixture
def people() -> str:
    return ADMINISTERED


@pytest.fixture
async def documents(hall: Hall, tmp_path: Path, organisation_file: Path) -> AsyncIterator[Trial]:
    """document-svc, with workflow-svc's public key."""
    private: Path = hall.trial.runtime.settings.seal_order_private_key
    async with on_trial(
        SERVICE,
        folder=tmp_path / "documents",
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'documents.sqlite'}",
        organisation=organisation_file,
        seal_passphrase="a passphrase for tests",
        seal_order_public_key=private.with_name("seal-orders.pub.pem"),
    ) as trial:
        yield trial


async def checked(
    hall: Hall, documents: Trial, submissions: Sequence[RequestSubmitted]
) -> Standing:
    """Everything that happened is delivered; the newest sheet is held to the record."""
    await documents.deliver(*submissions, *await hall.trial.published())
    assert await documents.waiting() == []
    request_id = submissions[0].request_id
    async with documents.runtime.transaction() as tx:
        newest = await tx.session.scalar(select(Sheet.sha256).order_by(Sheet.revision.desc()))
        sheet = await documents.runtime.files.read(newest or "")
    async with documents.client() as client:
        key = await client.get("/trust/record.pem")
    await witnessing.run(hall.trial.runtime)
    proof = await hall.ask("GET", f"/requests/{request_id}/record-proof", SHEN)
    private: Path = hall.trial.runtime.settings.seal_order_private_key
    published = private.with_name("published.pem")
    published.write_bytes(key.content)
    told = check_record(verify(sheet), read_proof(proof.content), RecordKeys(published))
    assert told.problems == ()
    assert told.standing is not None
    return told.standing


async def test_an_approved_sheet_fits_its_record(hall: Hall, documents: Trial) -> None:
    submitted = submission(new_id())
    await hall.trial.deliver(submitted)
    await hall.agree(LU, QIN)
    assert (await hall.decide(HE, opinion="", ask=(FINANCE.id,))).status_code == 201
    await hall.agree(GU, XUE)
    standing = await checked(hall, documents, [submitted])
    assert (standing.said, standing.counts) == ("审批完成", True)


async def test_a_sheet_that_was_voided_is_told_so(hall: Hall, documents: Trial) -> None:
    submitted = submission(new_id())
    await hall.trial.deliver(submitted)
    await hall.agree(LU, QIN, HE, XUE)
    void = f"/requests/{submitted.request_id}/void"
    await hall.ask("POST", f"{void}-proposal", XUE, json={"reason": "合同未签"})
    await hall.ask("POST", f"{void}-confirmation", MENG)
    standing = await checked(hall, documents, [submitted])
    assert (standing.said, standing.counts) == ("已作废", False)


async def test_agreements_that_were_carried_over_fit_the_record_as_well(
    hall: Hall, documents: Trial
) -> None:
    of_department = 'of = "form.approving_department"'
    straight = f'{of_department}\nafter_return = "straight_back"'
    await published(hall, definition().replace(of_department, straight), "seal-use", 3)
    first = submission(new_id())
    await hall.trial.deliver(first)
    await hall.agree(LU, QIN)
    assert (await hall.decide(HE, "return", "份数不符")).status_code == 201
    again = submission(first.request_id, revision=2)
    await hall.trial.deliver(again)
    standing = await checked(hall, documents, [first, again])
    assert (standing.said, standing.counts) == ("流转中", True)
