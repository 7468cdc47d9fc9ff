"""作废 in the ledger, and 原件收回: what had been sealed comes back, as 督查室 writes down."""

from collections.abc import Sequence
from uuid import UUID

from document_svc import counter, ledger, queries
from document_svc import counter_rules as rules
from document_svc.counter_errors import NotVoid
from document_svc.counter_rules import EntryKind, Line
from document_svc.ledger import NewEntry
from document_svc.ledger_models import LedgerEntry
from document_svc.models import Sheet
from shared.contracts.people import Person
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import RequestVoided
from shared.identity import User
from shared.messaging import Retry
from shared.transaction import Transaction


async def enter_void(tx: Transaction, event: RequestVoided) -> None:
    """作废 stands in the ledger too: who asked for it, who confirmed, why.

    Raises: Retry while the sheet is not there yet.
    """
    sheet = await tx.session.get(Sheet, (event.request_id, event.revision), with_for_update=True)
    if sheet is None:
        raise Retry(f"revision {event.revision} of {event.request_id} has no sheet yet")
    new = NewEntry(
        kind=EntryKind.VOIDED,
        number=event.number,
        by=event.by,
        second=event.confirmed_by,
        reason=event.reason,
    )
    await ledger.append(tx, await counter.submission_of(tx, sheet), new)


async def take_back(
    tx: Transaction, request_id: UUID, *, by: User, lines: Sequence[Line], reason: str
) -> LedgerEntry:
    """Originals that came back; what is still missing needs a reason.

    Raises: NotFound, NotSealKeeper, NotVoid, and what `counter_rules` refuses.
    """
    await counter.require_keeper(tx, request_id, by)
    sheet = await tx.session.scalar(queries.newest_sheet(request_id).with_for_update())
    if sheet is None or sheet.number is None or await queries.void_of(tx, sheet) is None:
        raise NotVoid
    submission = await counter.submission_of(tx, sheet)
    known = rules.known_lines(SealUseForm.model_validate(submission.form), lines)
    used = await ledger.used_of(tx, request_id, sheet.revision)
    back = await ledger.used_of(tx, request_id, sheet.revision, (EntryKind.RETURNED,))
    rules.returned(used, back, known, reason=reason)
    new = NewEntry(
        kind=EntryKind.RETURNED,
        number=sheet.number,
        by=Person(id=by.id, name=by.name),
        lines=known,
        reason=reason,
    )
    return await ledger.append(tx, submission, new)
