"""Seals with a third party's time stamp, and what happens while the third party is away."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from asn1crypto import x509
from document_svc import sheet_verifier
from document_svc.models import Signature
from document_svc.seals import authority
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from shared.contracts.workflow import Decided, OpinionPlace
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    KEEPER,
    Story,
    sheet_pdf,
    sheets,
)
from tests.service.document_svc.test_sealing import sweep_until_done
from tests.service.document_svc.timestamp_server import TimestampServer


def agreed(story: Story, *, ago: timedelta) -> Decided:
    decided = story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院")
    return story.ordered(decided.model_copy(update={"decided_at": datetime.now(UTC) - ago}))


async def test_every_seal_carries_a_time_stamp_that_a_reader_believes(
    stamping: Trial, story: Story, stamper: TimestampServer
) -> None:
    now = datetime.now(UTC)
    await stamping.deliver(
        story.submitted(),
        *(
            story.ordered(decided.model_copy(update={"decided_at": now}))
            for decided in story.all_agreed()
        ),
        story.ordered(story.approved().model_copy(update={"approved_at": now})),
    )
    assert await stamping.waiting() == []
    pdf = (await sheet_pdf(stamping, story)).content
    async with stamping.runtime.transaction() as tx:
        root = x509.Certificate.load((await authority(tx)).certificate)
    signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    assert len(signatures) == stamper.asked == 6
    for signature in signatures:
        context = ValidationContext(trust_roots=[root, stamper.root])
        status = await async_validate_pdf_signature(
            signature, context, ts_validation_context=context
        )
        assert status.bottom_line
        assert status.timestamp_validity is not None
        assert status.timestamp_validity.valid
        assert status.timestamp_validity.trusted
    [item] = await sheets(stamping, story)
    assert all(seal["timestamped"] for seal in item["seals"])
    assert [one.problems for one in sheet_verifier.verify(pdf).signatures] == [()] * 6


@pytest.mark.parametrize("says", ["broken", "refused", "something else"])
async def test_an_authority_that_is_away_is_waited_for(
    stamping: Trial, story: Story, stamper: TimestampServer, says: str
) -> None:
    stamper.says = says
    await stamping.deliver(story.submitted(), agreed(story, ago=timedelta(0)))
    assert await stamping.count(Signature) == 0
    async with stamping.client(KEEPER) as client:
        [waiting] = (await client.get("/seals/waiting")).json()["items"]
    assert waiting["why"] == "TimestampAway"
    stamper.says = "granted"
    stamping.runtime.own.timestamps._away_until = 0.0
    await sweep_until_done(stamping)
    async with stamping.runtime.database.session() as session:
        assert await session.scalar(select(Signature.timestamped))


async def test_one_that_stays_away_does_not_hold_up_the_seal_for_ever(
    stamping: Trial, story: Story, stamper: TimestampServer
) -> None:
    stamper.says = "broken"
    await stamping.deliver(story.submitted(), agreed(story, ago=timedelta(minutes=11)))
    assert await stamping.waiting() == []
    [item] = await sheets(stamping, story)
    assert [seal["timestamped"] for seal in item["seals"]] == [False]
    second = Story(story.id, revision=2)
    await stamping.deliver(second.submitted(), agreed(second, ago=timedelta(minutes=11)))
    assert (
        stamper.asked == 0
    )  # the first failure was the HTTP server's; it is let alone for a while
