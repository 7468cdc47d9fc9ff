"""What workflow-svc does about events."""

from shared.contracts.document import SealUseRecorded
from shared.contracts.request import RequestSubmitted
from shared.messaging import on
from shared.transaction import Transaction
from workflow_svc import actions


async def start_or_resume(event: RequestSubmitted, tx: Transaction) -> None:
    await actions.take_in(tx, event)


async def complete(event: SealUseRecorded, tx: Transaction) -> None:
    await actions.complete(tx, event)


HANDLERS = (
    on(RequestSubmitted, start_or_resume),
    on(SealUseRecorded, complete),
)
