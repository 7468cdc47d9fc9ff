"""What document-svc does about others' events."""

from document_svc import actions, counter, returns, sealing
from document_svc.filing import FILING_HANDLERS
from document_svc.seals import keep_seal
from shared.contracts.directory import UnitChanged
from shared.contracts.document import VoidReason
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided, RequestVoided, Returned, Withdrawn
from shared.messaging import on
from shared.posts import POST_HANDLERS
from shared.readers import READER_HANDLERS
from shared.transaction import Transaction


async def keep_unit_seal(event: UnitChanged, tx: Transaction) -> None:
    await keep_seal(tx, event)


async def render_sheet(event: RequestSubmitted, tx: Transaction) -> None:
    await actions.render(tx, event)


async def keep_submission(event: RequestSubmitted, tx: Transaction) -> None:
    await counter.keep_submission(tx, event)


async def put_seal(event: Decided, tx: Transaction) -> None:
    await sealing.seal(tx, event)


async def put_number(event: Approved, tx: Transaction) -> None:
    await sealing.seal(tx, event)


async def void_returned(event: Returned, tx: Transaction) -> None:
    await actions.void(tx, event.request_id, event.revision, VoidReason.RETURNED)


async def void_withdrawn(event: Withdrawn, tx: Transaction) -> None:
    await actions.void(tx, event.request_id, event.revision, VoidReason.WITHDRAWN)


async def void_approved(event: RequestVoided, tx: Transaction) -> None:
    await actions.void(tx, event.request_id, event.revision, VoidReason.VOIDED)
    await returns.enter_void(tx, event)


# Ordered: a seal that was decided before a return is put on before it, one decided after never is.
HANDLERS = (
    *POST_HANDLERS,
    *READER_HANDLERS,
    *FILING_HANDLERS,
    on(RequestSubmitted, render_sheet),
    on(RequestSubmitted, keep_submission),
    on(UnitChanged, keep_unit_seal, ordered=True),
    on(Decided, put_seal, ordered=True),
    on(Approved, put_number, ordered=True),
    on(Returned, void_returned, ordered=True),
    on(Withdrawn, void_withdrawn, ordered=True),
    on(RequestVoided, void_approved, ordered=True),
)
