"""What document-svc does about others' events."""

from sqlalchemy import delete

from document_svc import actions, sealing
from document_svc.models import Administrator, SealKeeper
from document_svc.seals import keep_seal
from shared.contracts.directory import PersonChanged, UnitChanged
from shared.contracts.document import VoidReason
from shared.contracts.people import Post
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided, Returned, Withdrawn
from shared.database import insert
from shared.messaging import on
from shared.readers import READER_HANDLERS
from shared.transaction import Transaction


async def keep_unit_seal(event: UnitChanged, tx: Transaction) -> None:
    await keep_seal(tx, event)


async def note_seal_keeper(event: PersonChanged, tx: Transaction) -> None:
    keeps = event.active and any(held.post is Post.SEAL_KEEPER for held in event.posts)
    if keeps:
        row = insert(tx.session, SealKeeper).values(person_id=event.person_id)
        await tx.session.execute(row.on_conflict_do_nothing())
    else:
        gone = delete(SealKeeper).where(SealKeeper.person_id == event.person_id)
        await tx.session.execute(gone)


async def note_administrator(event: PersonChanged, tx: Transaction) -> None:
    administers = event.active and any(held.post is Post.ADMINISTRATOR for held in event.posts)
    if administers:
        row = insert(tx.session, Administrator).values(person_id=event.person_id)
        await tx.session.execute(row.on_conflict_do_nothing())
    else:
        gone = delete(Administrator).where(Administrator.person_id == event.person_id)
        await tx.session.execute(gone)


async def render_sheet(event: RequestSubmitted, tx: Transaction) -> None:
    await actions.render(tx, event)


async def put_seal(event: Decided, tx: Transaction) -> None:
    await sealing.seal(tx, event)


async def put_number(event: Approved, tx: Transaction) -> None:
    await sealing.seal(tx, event)


async def void_returned(event: Returned, tx: Transaction) -> None:
    await actions.void(tx, event.request_id, event.revision, VoidReason.RETURNED)


async def void_withdrawn(event: Withdrawn, tx: Transaction) -> None:
    await actions.void(tx, event.request_id, event.revision, VoidReason.WITHDRAWN)


# Ordered: a seal that was decided before a return is put on before it, one decided after never is;
# and who has left does not come back with an older event.
HANDLERS = (
    *READER_HANDLERS,
    on(RequestSubmitted, render_sheet),
    on(UnitChanged, keep_unit_seal, ordered=True),
    on(PersonChanged, note_seal_keeper, ordered=True),
    on(PersonChanged, note_administrator, ordered=True),
    on(Decided, put_seal, ordered=True),
    on(Approved, put_number, ordered=True),
    on(Returned, void_returned, ordered=True),
    on(Withdrawn, void_withdrawn, ordered=True),
)
