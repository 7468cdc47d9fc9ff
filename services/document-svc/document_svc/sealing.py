"""A signed order becomes a seal on the sheet: once, in its place, or not at all with an alarm."""

import asyncio
from uuid import UUID

from sqlalchemy import select

from document_svc.editions import reissued
from document_svc.fields import NUMBER
from document_svc.impression import (
    Impression,
    asked_units,
    continuation,
    decided_at,
    impressed,
    opinion_of,
    place_of,
)
from document_svc.layout import MOST_TILES, holds_readably
from document_svc.models import Seal, Sheet, Signature, Void
from document_svc.orders import (
    KnownSheet,
    OrderRefused,
    checked_order,
    needs_order,
    require_signed,
)
from document_svc.refusals import refuse
from document_svc.seal_room import seal_room
from document_svc.seals import require_quota
from document_svc.stamping import place_layout
from shared.contracts.document import Sealed
from shared.contracts.people import UnitKind
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided, Verdict
from shared.database import new_id
from shared.messaging import Retry
from shared.transaction import Transaction


async def seal(tx: Transaction, event: Decided | Approved) -> None:
    """Obeys the order that came with a decision: opinion and seal, or the official number.

    Once for each order; never on a void sheet; never without an order that holds.
    Raises: Retry while the sheet or the unit's seal is not there yet.
    """
    if not needs_order(event) or _verdict(event) is Verdict.RETURN:
        return
    sheet: Sheet | None = None
    try:
        require_signed(event, seal_room(tx).orders)
        sheet = await _open_sheet(tx, event.request_id, event.revision)
        if sheet is None:
            return
        known = await _known(tx, sheet, event)
        fresh = checked_order(event, known, seal_room(tx).orders)
    except OrderRefused as refused:
        refuse(tx, event, refused, sheet)
        return
    if not fresh:
        return
    await require_quota(tx, event.unit.id)
    pdf = await _with_room(tx, sheet, event)
    if isinstance(event, Approved):
        sheet.number = event.number
    if isinstance(event, Approved) or event.place is not None:
        await _signed(tx, sheet, event, await impressed(tx, sheet, pdf, event))


async def _with_room(tx: Transaction, sheet: Sheet, event: Decided | Approved) -> bytes:
    """The sheet as it stands, or typeset anew when the decision needs more pages."""
    pdf = await tx.runtime.files.read(sheet.sha256)
    if isinstance(event, Approved):
        return pdf
    more = False
    if event.countersigners and [unit.id for unit in event.countersigners] != asked_units(sheet):
        sheet.countersigners = [unit.model_dump(mode="json") for unit in event.countersigners]
        more = len(event.countersigners) > MOST_TILES
    if event.place is not None:
        opinion = opinion_of(tx, event)
        layout = await asyncio.to_thread(place_layout, pdf, place_of(sheet, event))
        if not holds_readably(layout, opinion.text):
            sheet.continued = [*sheet.continued, continuation(opinion, event, event.place)]
            more = True
    if not more:
        return pdf
    pdf = await reissued(tx, sheet)
    if event.place is None:  # nothing is signed now that would store it
        sheet.sha256 = (await tx.runtime.files.put_bytes(pdf)).sha256
    return pdf


async def _open_sheet(tx: Transaction, request_id: UUID, revision: int) -> Sheet | None:
    """The sheet, locked: its seals are put on one after another. None when it is void."""
    if await tx.session.get(Void, (request_id, revision)) is not None:
        return None
    sheet = await tx.session.get(Sheet, (request_id, revision), with_for_update=True)
    if sheet is None:
        raise Retry(f"revision {revision} of {request_id} has no sheet yet")
    return sheet


async def _known(tx: Transaction, sheet: Sheet, event: Decided | Approved) -> KnownSheet:
    signatures = list(
        await tx.session.scalars(
            select(Signature).where(
                Signature.request_id == sheet.request_id, Signature.revision == sheet.revision
            )
        )
    )
    seal = await tx.session.get(Seal, event.unit.id)
    return KnownSheet(
        form=RequestSubmitted.model_validate(sheet.submission).form,
        submission_sha256=sheet.submission_sha256,
        countersigners=asked_units(sheet),
        unit_kind=UnitKind(seal.kind) if seal else None,
        taken={(one.place or NUMBER, one.unit_id): _order(one) for one in signatures},
        sealed_tasks={one.task_id: _order(one) for one in signatures if one.task_id},
    )


def _order(signature: Signature) -> str:
    return str(signature.event["seal_order"])


def _verdict(by: Decided | Approved) -> Verdict:
    return by.verdict if isinstance(by, Decided) else Verdict.AGREE


async def _signed(
    tx: Transaction, sheet: Sheet, by: Decided | Approved, impression: Impression
) -> None:
    stored = await tx.runtime.files.put_bytes(impression.pdf)
    sheet.sha256 = stored.sha256
    place, task_id = (by.place, by.task_id) if isinstance(by, Decided) else (None, None)
    tx.session.add(
        Signature(
            id=new_id(),
            request_id=sheet.request_id,
            revision=sheet.revision,
            field=impression.field,
            timestamped=impression.timestamped,
            place=place,
            task_id=task_id,
            unit_id=by.unit.id,
            unit_name=by.unit.name,
            signer_id=by.by.id,
            signer_name=by.by.name,
            signed_at=decided_at(by),
            sealed_at=tx.now,
            sha256=stored.sha256,
            event=by.model_dump(mode="json"),
        )
    )
    tx.publish(
        Sealed(
            request_id=sheet.request_id,
            revision=sheet.revision,
            place=place,
            unit=by.unit,
            signer=by.by,
            sha256=stored.sha256,
            sealed_at=tx.now,
        )
    )
