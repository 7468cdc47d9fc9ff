"""Events in, a sealed sheet out."""

from hashlib import sha256
from io import BytesIO
from itertools import pairwise

import pikepdf
import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from document_svc.models import Authority, Seal, Sheet, Signature, Void
from document_svc.sheet_verifier import verify
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from shared.contracts.document import Sealed, SheetReady, Voided, VoidReason
from shared.contracts.workflow import Approved, OpinionPlace, Verdict
from shared.seal_order import SealOrderVerifier
from shared.testing import Trial, eventually
from tests.service.document_svc.conftest import (
    ORDER_KEYS,
    Story,
    sheet_pdf,
    sheets,
    unit_changed,
)
from tests.unit.document_svc.examples import text_of, unit


async def signed_and_valid(trial: Trial, pdf: bytes) -> int:
    async with trial.runtime.database.session() as session:
        root = x509.Certificate.load(await session.scalar(select(Authority.certificate)) or b"")
    signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    for signature in signatures:
        status = await async_validate_pdf_signature(
            signature, ValidationContext(trust_roots=[root])
        )
        assert status.bottom_line
    return len(signatures)


async def test_a_submission_has_its_sheet(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    answer = await sheet_pdf(trial, story)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    digest = sha256(answer.content).hexdigest()
    assert answer.headers["etag"] == f'"{digest}"'
    assert "%E7%94%A8%E5%8D%B0%E5%AE%A1%E6%89%B9%E8%A1%A8" in answer.headers["content-disposition"]
    [ready] = await trial.published(SheetReady)
    assert (ready.request_id, ready.revision, ready.sha256) == (story.id, 1, digest)
    [item] = await sheets(trial, story)
    assert item["state"] == "current"
    assert item["seals"] == []
    assert item["pages"] == 2


async def test_a_whole_approval_leaves_every_seal_in_its_place(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), *story.all_agreed(), story.approved())
    assert await trial.waiting() == []
    pdf = (await sheet_pdf(trial, story)).content
    assert await signed_and_valid(trial, pdf) == 6
    assert "YY2026-000042" in text_of(pdf)
    published = await trial.published(Sealed)
    assert [(event.place, event.unit.name) for event in published] == [
        (OpinionPlace.APPLYING_UNIT, "计算机学院"),
        (OpinionPlace.APPROVING_DEPARTMENT, "科研部"),
        (OpinionPlace.COUNTERSIGN, "科技成果转化部"),
        (OpinionPlace.COUNTERSIGN, "财务部"),
        (OpinionPlace.LEGAL_COUNSEL, "校长法律顾问办公室"),
        (None, "督查室"),
    ]
    assert published[-1].sha256 == sha256(pdf).hexdigest()
    [item] = await sheets(trial, story)
    assert [seal["unit"]["name"] for seal in item["seals"]][-1] == "督查室"
    assert item["sha256"] == published[-1].sha256


async def test_the_first_countersigner_asked_stands_first_whoever_is_quicker(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(story.submitted(), *story.all_agreed())
    pdf = (await sheet_pdf(trial, story)).content
    with pikepdf.open(BytesIO(pdf)) as document:
        left = {str(f.T): float(f.Rect[0]) for f in document.Root.AcroForm.Fields}
    async with trial.runtime.database.session() as session:
        rows = (await session.execute(select(Signature.field, Signature.unit_name))).all()
    names = {row.unit_name: row.field for row in rows}
    assert names["财务部"] == "countersign-1"
    assert left["countersign-1"] < left["countersign-2"]


async def test_an_event_delivered_twice_seals_once(trial: Trial, story: Story) -> None:
    agreed = trial.envelope(story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    await trial.deliver(story.submitted(), agreed, agreed)
    assert await trial.count(Signature) == 1
    assert len(await trial.published(Sealed)) == 1


async def test_a_second_event_about_the_same_task_seals_nothing(trial: Trial, story: Story) -> None:
    agreed = story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院")
    await trial.deliver(story.submitted(), agreed, agreed)
    assert await trial.waiting() == []
    assert await trial.count(Signature) == 1


async def test_a_return_seals_nothing(trial: Trial, story: Story) -> None:
    refused = story.decided(Verdict.RETURN, OpinionPlace.APPLYING_UNIT, "计算机学院")
    await trial.deliver(story.submitted(), refused)
    assert await trial.count(Signature) == 0


async def test_a_decision_before_the_sheet_waits_for_it(trial: Trial, story: Story) -> None:
    await trial.deliver(*story.all_agreed()[1:3])
    assert await trial.count(Signature) == 0
    assert [state for state, _ in await trial.waiting()] == ["retry", "gap"]
    await trial.deliver(story.submitted())
    await sweep_until_done(trial)
    assert [event.place for event in await trial.published(Sealed)] == [
        OpinionPlace.APPLYING_UNIT,
        OpinionPlace.APPROVING_DEPARTMENT,
    ]


async def test_a_unit_that_is_not_known_yet_is_waited_for(trial: Trial, story: Story) -> None:
    await trial.deliver(
        story.submitted(unit=unit("新成立的学院")),
        story.agreed(OpinionPlace.APPLYING_UNIT, "新成立的学院"),
    )
    [(state, reason)] = await trial.waiting()
    assert state == "retry"
    assert "not known yet" in reason
    await trial.deliver(unit_changed("新成立的学院"))
    await sweep_until_done(trial)
    assert await trial.count(Signature) == 1


async def test_a_unit_without_a_seal_signs_all_the_same(trial: Trial, story: Story) -> None:
    await trial.deliver(
        unit_changed("筹备组", has_seal=False),
        story.submitted(unit=unit("筹备组")),
        story.agreed(OpinionPlace.APPLYING_UNIT, "筹备组"),
    )
    assert await signed_and_valid(trial, (await sheet_pdf(trial, story)).content) == 1


async def test_seals_and_certificates_are_made_at_first_use_and_kept(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(story.submitted(), story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    async with trial.runtime.database.session() as session:
        made = {seal.name: seal for seal in await session.scalars(select(Seal))}
    assert made["计算机学院"].credential is not None
    assert made["计算机学院"].drawing is not None
    assert made["财务部"].credential is None
    await trial.deliver(unit_changed("计算机学院"))
    async with trial.runtime.database.session() as session:
        again = await session.get_one(Seal, unit("计算机学院").id)
    assert again.credential == made["计算机学院"].credential


async def test_a_unit_renamed_seals_with_a_new_certificate(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    renamed = unit_changed("计算机学院").model_copy(
        update={"name": "计算学部", "seal_text": "澄岚大学计算学部"}
    )
    await trial.deliver(renamed)
    async with trial.runtime.database.session() as session:
        seal = await session.get_one(Seal, unit("计算机学院").id)
    assert (seal.name, seal.credential, seal.drawing) == ("计算学部", None, None)


async def test_private_keys_are_not_readable_in_the_database(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    async with trial.runtime.database.session() as session:
        kept = await session.scalar(select(Seal.credential).where(Seal.credential.is_not(None)))
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(kept or b"", None)


async def test_a_returned_revision_is_void_and_stays_as_it_was_signed(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(story.submitted(), story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    [before] = await sheets(trial, story)
    await trial.deliver(story.returned())
    [voided] = await trial.published(Voided)
    assert (voided.revision, voided.reason) == (1, VoidReason.RETURNED)
    [item] = await sheets(trial, story)
    assert item["state"] == "void"
    assert item["sha256"] == before["sha256"]
    shown = await sheet_pdf(trial, story)
    assert shown.headers["etag"] == f'"{before["sha256"]}-void"'
    assert "本表已作废" in text_of(shown.content)
    kept = await trial.runtime.files.read(before["sha256"])
    assert await signed_and_valid(trial, kept) == 1


async def test_a_new_revision_begins_without_seals(trial: Trial, story: Story) -> None:
    second = Story(story.id, revision=2)
    await trial.deliver(
        story.submitted(),
        story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"),
        story.returned(),
        second.submitted(handler_name="新经办人"),
        second.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院", opinion="重新同意。"),
    )
    found = text_of((await sheet_pdf(trial, story)).content)
    assert "新经办人" in found
    assert "重新同意。" in found
    assert "第2次提交" in found
    states = {item["revision"]: item["state"] for item in await sheets(trial, story)}
    assert states == {1: "void", 2: "current"}
    old = await sheet_pdf(trial, story, revision=1)
    assert "本表已作废" in text_of(old.content)


async def test_a_decision_that_comes_after_the_withdrawal_seals_nothing(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(story.submitted(), story.withdrawn())
    await trial.deliver(story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"), story.approved())
    assert await trial.waiting() == []
    assert await trial.count(Signature) == 0
    [item] = await sheets(trial, story)
    assert item["state"] == "withdrawn"


async def test_a_withdrawal_that_comes_before_the_sheet_voids_it_all_the_same(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(story.withdrawn())
    await trial.deliver(story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    await trial.deliver(story.submitted())
    [item] = await sheets(trial, story)
    assert item["state"] == "withdrawn"
    assert item["seals"] == []
    assert len(await trial.published(Voided)) == 1


async def test_what_is_void_is_voided_once(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.returned(), story.withdrawn())
    assert await trial.count(Void) == 1
    assert len(await trial.published(Voided)) == 1


async def test_every_version_of_a_sheet_is_kept(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), *story.all_agreed())
    async with trial.runtime.database.session() as session:
        base = await session.scalar(select(Sheet.base_sha256))
        later = list(await session.scalars(select(Signature.sha256).order_by(Signature.id)))
    versions = [await trial.runtime.files.read(digest) for digest in (base or "", *later)]
    for earlier, following in pairwise(versions):
        assert following.startswith(earlier)


async def sweep_until_done(trial: Trial) -> None:
    async def nothing_waits() -> bool:
        await trial.sweep()
        return not await trial.waiting()

    assert await eventually(nothing_waits)


async def test_each_signature_carries_the_order_that_it_obeys(trial: Trial, story: Story) -> None:
    events = story.to_approval()
    ordered = [event for event in events[1:] if isinstance(event, Approved) or event.place]
    await trial.deliver(*events)
    verdict = verify((await sheet_pdf(trial, story)).content)
    assert verdict.sound
    assert [each.order for each in verdict.signatures] == [event.seal_order for event in ordered]
    verifier = SealOrderVerifier(ORDER_KEYS[1])
    for each, event in zip(verdict.signatures, ordered, strict=True):
        assert verifier.order(each.order or "").unit_id == event.unit.id
        assert each.unit_id == str(event.unit.id)
