"""Sends what is due: claim, send, settle. No transaction is open while anything goes out.

Each channel has a job of its own, so that a mail server that hangs holds up mail and nothing else.
A pass takes only what it sends at once, so that no lease ends while its delivery waits in line.
"""

import asyncio
import time
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from notify_svc import leases
from notify_svc.channels import Carrier
from notify_svc.leases import Batch, Claimed
from notify_svc.measures import ATTEMPTS, SECONDS
from notify_svc.outcomes import Errand, Outcome, Result
from notify_svc.post_room import PostRoom
from notify_svc.posting import dispatch_job
from notify_svc.providers import Allowance
from notify_svc.settings import NotifySettings
from shared.contracts.notify import Channel
from shared.database import is_transient
from shared.service import Job, Runtime
from shared.telemetry import logger

log = logger(__name__)

POLL_SECONDS = 5  # for what comes due again; what is new wakes the job
SETTLE_AGAIN_SECONDS = (0.1, 0.5, 2, 10)
STOP_SECONDS = 5

LEFT = Result(Outcome.UNKNOWN, "it may have gone out, and the provider cannot be asked")


async def dispatch(channel: Channel, runtime: Runtime) -> None:
    """Sends by one channel until nothing is due, or its provider is to be left alone."""
    post_room: PostRoom = runtime.own
    carrier = post_room.carriers.get(channel)
    if carrier is None:
        return
    while isinstance(claimed := await _claim(carrier, runtime), Batch):
        if claimed.claimed:
            await _to_the_end(_send_and_settle(runtime, carrier, claimed))
    if claimed.again_at is not None:
        _wake_at(claimed, channel, runtime)


async def _claim(carrier: Carrier, runtime: Runtime) -> Batch | Allowance:
    settings: NotifySettings = runtime.settings
    async with runtime.transaction() as tx:
        return await leases.claim(
            tx,
            carrier,
            limit=settings.at_once.get(carrier.provider, settings.sends_at_once),
            lease=timedelta(seconds=settings.lease_seconds),
        )


def _wake_at(allowed: Allowance, channel: Channel, runtime: Runtime) -> None:
    """Sooner than the next poll, where a rate allows it: a limit is kept, not undercut."""
    assert allowed.again_at is not None  # noqa: S101
    wait = (allowed.again_at - runtime.clock()).total_seconds()
    if wait < POLL_SECONDS:
        loop = asyncio.get_running_loop()
        loop.call_later(max(wait, 0), runtime.wake, dispatch_job(channel))


async def _send_and_settle(runtime: Runtime, carrier: Carrier, batch: Batch) -> None:
    results = await asyncio.gather(*(_measured(runtime, carrier, one) for one in batch.claimed))
    for pause in (*SETTLE_AGAIN_SECONDS, None):
        try:
            async with runtime.transaction() as tx:
                await leases.settle(tx, carrier, batch, results)
            return
        except Exception as error:
            # What went out and is not written down ends as unknown: so it is tried for a while.
            if pause is None or not is_transient(error):
                raise
            log.warning("settling_waits", error=repr(error))
            await asyncio.sleep(pause)


async def _measured(runtime: Runtime, carrier: Carrier, one: Claimed) -> Result:
    began = time.monotonic()
    result = await _run(carrier, one)
    taken = time.monotonic() - began
    runtime.metrics.count(*ATTEMPTS, channel=carrier.channel, outcome=result.outcome)
    runtime.metrics.observe(*SECONDS, taken, channel=carrier.channel)
    return result


async def _run(carrier: Carrier, one: Claimed) -> Result:
    try:
        match one.errand:
            case Errand.SEND:
                return await carrier.send(one.parcel)
            case Errand.ASK:
                return await carrier.reconcile(one.sent)
            case Errand.LEAVE:
                return LEFT
    except Exception as error:
        # One message that breaks its channel must not hold up the others of its pass.
        log.exception("channel_broke", delivery_id=str(one.parcel.delivery_id))
        return Result(Outcome.UNKNOWN, type(error).__name__)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """A stop waits a little for what has begun, so that it need not be called unknown."""
    begun = asyncio.create_task(work)
    try:
        await asyncio.shield(begun)
    except asyncio.CancelledError:
        await asyncio.wait({begun}, timeout=STOP_SECONDS)
        begun.cancel()
        raise


JOBS = tuple(
    Job(dispatch_job(channel), partial(dispatch, channel), every_seconds=POLL_SECONDS)
    for channel in Channel
)
