"""Claim, send, settle: nothing is lost, and nothing is sent twice without need."""

import asyncio
from datetime import timedelta

import pytest
from notify_svc import leases
from notify_svc.dispatcher import POLL_SECONDS
from notify_svc.leases import Batch
from notify_svc.models import Attempt
from notify_svc.outcomes import Outcome, Result

from shared.contracts.notify import Channel, Delivered, Failed
from shared.run import running
from shared.testing import eventually
from tests.service.notify_svc.conftest import PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, REQUEST, assigned, closed

TAKEN = Result(Outcome.DELIVERED)


async def claim(office: PostOffice, *, lease: timedelta = timedelta(minutes=1)) -> Batch | None:
    """What a pass does before it sends. None: nothing is due."""
    runtime = office.trial.runtime
    carrier = runtime.own.carriers[Channel.WECHAT]
    async with runtime.transaction() as tx:
        claimed = await leases.claim(tx, carrier, limit=10, lease=lease)
    return claimed if isinstance(claimed, Batch) else None


async def settle(office: PostOffice, batch: Batch, result: Result = TAKEN) -> None:
    """What a pass does after it has sent."""
    runtime = office.trial.runtime
    async with runtime.transaction() as tx:
        results = [result] * len(batch.claimed)
        await leases.settle(tx, runtime.own.carriers[Channel.WECHAT], batch, results)


async def test_what_one_replica_has_claimed_another_does_not_send(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK))
    assert await claim(office) is not None
    assert await claim(office) is None


async def test_replicas_that_claim_at_the_same_time_share_the_work(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(20)))
    batches = await asyncio.gather(*(claim(office) for _ in range(4)))
    claimed = [one.parcel.delivery_id for batch in batches if batch for one in batch.claimed]
    assert len(claimed) == len(set(claimed)) == 20


async def test_the_attempt_is_written_down_before_anything_goes_out(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK))
    await claim(office)
    assert await office.trial.count(Attempt) == 1
    assert (await office.delivery(Channel.WECHAT)).state == "sending"


async def test_every_delivery_is_reported_once(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK))
    await office.dispatch()
    await office.dispatch()
    delivered = await office.published(Delivered)
    assert sorted(event.channel for event in delivered) == [Channel.MAIL, Channel.WECHAT]
    assert {event.request_id for event in delivered} == {REQUEST}
    assert {event.person_id for event in delivered} == {CLERK.id}


async def test_more_than_one_pass_holds_is_sent_in_passes(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(45)))
    await office.dispatch()
    assert {sent.state for sent in await office.deliveries()} == {"delivered"}


async def test_whoever_dies_while_sending_leaves_it_unknown_and_it_is_sent_once_more(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK))
    await claim(office, lease=timedelta(0))  # and then the process is gone
    found = await claim(office)
    assert found is not None
    assert not found.claimed
    assert (await office.delivery(Channel.WECHAT)).state == "unknown"

    resent = await claim(office)
    assert resent is not None
    await settle(office, resent)
    assert (await office.delivery(Channel.WECHAT)).state == "delivered"


async def test_whoever_dies_while_resending_is_resent_no_oftener_than_anything_is_tried(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK))
    tries = len(office.trial.runtime.settings.retry_seconds)
    for _ in range(2 * tries + 4):
        await claim(office, lease=timedelta(0))
    delivery = await office.delivery(Channel.WECHAT)
    assert (delivery.state, delivery.attempts) == ("unresolved", tries + 1)
    (failed,) = await office.published(Failed)
    assert failed.delivery_id == delivery.id
    assert await claim(office) is None


async def test_who_answers_after_the_lease_changes_nothing_any_more(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK))
    late = await claim(office, lease=timedelta(0))
    assert late is not None
    await claim(office)
    await claim(office)
    await settle(office, late, Result(Outcome.REFUSED, "late"))
    assert (await office.delivery(Channel.WECHAT)).state == "sending"
    assert await office.published(Failed) == []


@pytest.mark.parametrize("outcome", [Outcome.RETRY, Outcome.UNKNOWN])
async def test_what_closes_while_it_is_being_sent_is_not_sent_again(
    office: PostOffice, outcome: Outcome
) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task)
    batch = await claim(office)
    assert batch is not None
    await office.deliver(closed(task))
    await settle(office, batch, Result(outcome, "later"))
    await office.make_due()
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state == "cancelled"


async def test_a_new_message_goes_out_without_waiting_for_the_dispatchers_turn(
    office: PostOffice,
) -> None:
    """With the jobs at work: well within the seconds that they would otherwise rest."""
    runtime, envelope = office.trial.runtime, office.trial.envelope
    async with running(runtime.service, runtime.settings) as (working, _app):
        await working.bus.publish([envelope(event) for event in (*EVERYONE, assigned(CLERK))])

        async def all_delivered() -> bool:
            return {sent.state for sent in await office.deliveries()} == {"delivered"}

        await eventually(all_delivered, within=POLL_SECONDS / 2)
