"""Sealing that is killed, or done twice at once: each seal once, in order, on one valid sheet."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from document_svc.models import Signature
from document_svc.register_models import SealAct
from document_svc.register_rules import Act
from document_svc.service import SERVICE
from document_svc.sheet_verifier import verify
from sqlalchemy import func, select

from shared.contracts.document import Sealed
from shared.contracts.workflow import OpinionPlace
from shared.messaging import Envelope
from shared.service import Service
from shared.testing import Trial, eventually
from tests.faults.sealing_process import PATIENCE_SECONDS, Place, nothing_waits, sealing
from tests.service.document_svc.conftest import (
    ORDER_KEYS,
    UNITS,
    Story,
    seal_office,
    sheet_pdf,
    unit_changed,
)
from tests.service.document_svc.test_sealing import signed_and_valid

KILLS = 5
SEALS = 6
ONE_SEAL_SECONDS = 0.05  # about


@pytest.fixture
def story() -> Story:
    return Story(uuid4())


@pytest.fixture
def moments(request: pytest.FixtureRequest) -> random.Random:
    """When it is killed: different each time, and told, so that a failure can be repeated."""
    seed = random.SystemRandom().randrange(2**32)
    request.node.add_report_section("setup", "moments", f"random.Random({seed})")
    return random.Random(seed)


@pytest.fixture(scope="session")
def schema_of() -> Service:
    return SERVICE


@pytest.fixture
def place(tmp_path: Path, database_url: str, organisation_file: Path) -> Place:
    return Place(tmp_path, database_url, organisation_file, ORDER_KEYS[1])


@pytest.fixture
async def trial(place: Place) -> AsyncIterator[Trial]:
    async with place.open() as trial:
        await trial.deliver(
            *(unit_changed(name, kind) for name, kind in UNITS.items()), *seal_office()
        )
        yield trial


async def one_valid_sheet(trial: Trial, story: Story, seals: int) -> None:
    """Every seal once, as told; the file is the last one told, and valid to two judges."""
    async with trial.runtime.database.session() as session:
        mine = select(Signature).where(Signature.request_id == story.id).order_by(Signature.id)
        rows = (await session.scalars(mine)).all()
    assert len(rows) == seals
    assert max(Counter(row.field for row in rows).values()) == 1
    told = [one for one in await trial.published(Sealed) if one.request_id == story.id]
    assert [one.sha256 for one in told] == [row.sha256 for row in rows]
    pdf = (await sheet_pdf(trial, story)).content
    assert sha256(pdf).hexdigest() == rows[-1].sha256
    assert await signed_and_valid(trial, pdf) == seals
    verdict = verify(pdf)
    assert verdict.sound
    assert [one.field for one in verdict.signatures] == [row.field for row in rows]
    for row, signature in zip(rows, verdict.signatures, strict=True):
        assert sha256(pdf[: signature.end]).hexdigest() == row.sha256  # one revision each


async def _has(trial: Trial, story: Story, seals: int) -> bool:
    async with trial.runtime.database.session() as session:
        count = select(func.count()).where(Signature.request_id == story.id)
        return (await session.scalar(count) or 0) >= seals


async def issued_once(trial: Trial) -> bool:
    """Each department's key, as the seal register tells it."""
    async with trial.runtime.database.session() as session:
        acts = await session.scalars(select(SealAct.unit_id).where(SealAct.act == Act.ISSUED))
    return max(Counter(acts.all()).values()) == 1


async def test_killed_at_any_moment_it_seals_once(
    trial: Trial, place: Place, moments: random.Random
) -> None:
    stories = [Story(uuid4()) for _ in range(KILLS)]
    events: list[Envelope] = []
    for story in stories:
        events += [trial.envelope(event) for event in story.to_approval()]
        with sealing(place, events) as (process, _):
            await eventually(partial(_has, trial, story, moments.randrange(SEALS - 2)))
            await asyncio.sleep(moments.uniform(0, ONE_SEAL_SECONDS))
            process.kill()
    with sealing(place, events) as (_, told):
        assert await asyncio.to_thread(told.poll, PATIENCE_SECONDS)
        assert told.recv() == "done"
    for story in stories:
        await one_valid_sheet(trial, story, seals=SEALS)
    assert await issued_once(trial)


async def test_the_signing_process_killed_at_any_moment_costs_no_seal(
    trial: Trial, story: Story, moments: random.Random
) -> None:
    async with _killing_the_signer(trial, moments):
        await trial.deliver(*story.to_approval())
        await eventually(lambda: nothing_waits(trial), within=PATIENCE_SECONDS)
    await one_valid_sheet(trial, story, seals=SEALS)


@asynccontextmanager
async def _killing_the_signer(trial: Trial, moments: random.Random) -> AsyncIterator[None]:
    async def kill() -> None:
        for _ in range(2 * KILLS):
            await asyncio.sleep(moments.uniform(0, 0.3))
            pid = trial.runtime.own.signer.pid
            with suppress(ProcessLookupError):
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)

    killing = asyncio.create_task(kill())
    try:
        yield
    finally:
        await killing


def by_two_departments(trial: Trial, story: Story) -> tuple[list[Envelope], list[Envelope]]:
    """What comes before, and what two countersigning departments decide in the same instant."""
    two = ("财务部", "科技成果转化部")
    before = [
        story.submitted(),
        story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"),
        story.agreed(OpinionPlace.APPROVING_DEPARTMENT, "科研部", countersigners=two),
    ]
    together = [story.agreed(OpinionPlace.COUNTERSIGN, name) for name in two]
    return [trial.envelope(each) for each in before], [trial.envelope(each) for each in together]


async def test_two_departments_that_agree_in_the_same_instant_both_seal(
    trial: Trial, place: Place, story: Story
) -> None:
    before, (one, other) = by_two_departments(trial, story)
    await trial.deliver(*before)
    async with _two_replicas(trial, place) as (first, second):
        # Each replica has one of them at once, and later the other as well.
        await asyncio.gather(first.deliver(one), second.deliver(other))
        await asyncio.gather(first.deliver(other), second.deliver(one))
        await eventually(lambda: nothing_waits(first))
    await one_valid_sheet(trial, story, seals=4)


async def test_events_that_come_twice_late_and_in_any_order_seal_once(
    trial: Trial, place: Place, story: Story, moments: random.Random
) -> None:
    before, together = by_two_departments(trial, story)
    async with _two_replicas(trial, place) as (first, second):
        await asyncio.gather(
            *(_handed(each, [*before, *together] * 2, moments) for each in (first, second))
        )
        await eventually(lambda: nothing_waits(first), within=PATIENCE_SECONDS)
        await _handed(second, [*before, *together], moments)  # and once more, long after
    await one_valid_sheet(trial, story, seals=4)


async def _handed(trial: Trial, events: Sequence[Envelope], moments: random.Random) -> None:
    for each in moments.sample(events, len(events)):
        await trial.deliver(each)


@asynccontextmanager
async def _two_replicas(trial: Trial, place: Place) -> AsyncIterator[tuple[Trial, Trial]]:
    """Two on the server's database; a file's has one process, which handles both in parallel."""
    if place.database_url.startswith("sqlite"):
        yield trial, trial
        return
    async with place.open() as other:
        yield trial, other
