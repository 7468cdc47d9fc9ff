"""Sends what is due: claim, send, settle. No transaction is open while anything goes out.

Each channel has a job of its own, so that a mail server that hangs holds up mail and nothing else.
A pass takes only what it sends at once, so that no lease ends while its delivery waits in line.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from notify_svc import leases
from notify_svc.actions import dispatch_job
from notify_svc.channels import Parcel, Sender
from notify_svc.domain import Outcome, Result
from notify_svc.leases import Batch
from notify_svc.post_room import PostRoom
from notify_svc.settings import NotifySettings
from shared.contracts.notify import Channel
from shared.database import is_transient
from shared.service import Job, Runtime
from shared.telemetry import logger

log = logger(__name__)

POLL_SECONDS = 5  # for what comes due again; what is new wakes the job
SETTLE_AGAIN_SECONDS = (0.1, 0.5, 2, 10)
STOP_SECONDS = 5


async def dispatch(channel: Channel, runtime: Runtime) -> None:
    """Sends by one channel until nothing is due."""
    post_room: PostRoom = runtime.own
    sender = post_room.senders.get(channel)
    if sender is None:
        return
    while (batch := await _claim(channel, runtime)) is not None:
        await _to_the_end(_send_and_settle(runtime, sender, batch))


async def _claim(channel: Channel, runtime: Runtime) -> Batch | None:
    settings: NotifySettings = runtime.settings
    async with runtime.transaction() as tx:
        return await leases.claim(
            tx,
            channel,
            limit=settings.sends_at_once,
            lease=timedelta(seconds=settings.lease_seconds),
            patience=settings.patience,
        )


async def _send_and_settle(runtime: Runtime, sender: Sender, batch: Batch) -> None:
    results = await asyncio.gather(*(_send(sender, one.parcel) for one in batch.claimed))
    for pause in (*SETTLE_AGAIN_SECONDS, None):
        try:
            async with runtime.transaction() as tx:
                await leases.settle(tx, batch, results, runtime.settings.patience)
            return
        except Exception as error:
            # What went out and is not written down would go out again: so it is tried for a while.
            if pause is None or not is_transient(error):
                raise
            log.warning("settling_waits", error=repr(error))
            await asyncio.sleep(pause)


async def _send(sender: Sender, parcel: Parcel) -> Result:
    try:
        return await sender.send(parcel)
    except Exception as error:
        # One message that breaks its channel must not hold up the others of its pass.
        log.exception("channel_broke", delivery_id=str(parcel.delivery_id))
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
