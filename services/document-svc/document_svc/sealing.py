"""A signed order becomes a seal on the sheet: once, in its place, or not at all with an alarm."""

import asyncio
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from document_svc.domain import signer_title
from document_svc.fields import NUMBER
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
from document_svc.seals import ready_seal
from document_svc.sheet import shown_date
from document_svc.stamping import Opinion, Part, put_number, put_opinion
from shared.contracts.document import Sealed
from shared.contracts.people import UnitKind
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided, OpinionPlace, Verdict
from shared.database import new_id
from shared.messaging import Retry
from shared.transaction import Transaction

AGREED = "同意。"  # what an 同意 without a word says


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
    if isinstance(event, Approved):
        await _put_number(tx, sheet, event)
        return
    if event.countersigners:
        sheet.countersigners = [str(unit.id) for unit in event.countersigners]
    if event.place is not None:
        await _put_opinion(tx, sheet, event, event.place)


async def _put_opinion(tx: Transaction, sheet: Sheet, decided: Decided, at: OpinionPlace) -> None:
    place = _place(sheet, decided, at)
    mine = await ready_seal(tx, decided.unit.id, used_at=decided.decided_at)
    before = await tx.runtime.files.read(sheet.sha256)
    text = decided.opinion.strip() or AGREED
    opinion = _opinion(tx, decided, title=signer_title(at), text=text)
    after = await asyncio.to_thread(
        put_opinion, before, place, opinion, seal=mine.drawing, credential=mine.credential
    )
    field = place.field if isinstance(place, Part) else place
    await _signed(tx, sheet, after, decided, field=field)


async def _put_number(tx: Transaction, sheet: Sheet, approved: Approved) -> None:
    """Every approval is done: 督查室's certificate puts the official number on the sheet."""
    mine = await ready_seal(tx, approved.unit.id, used_at=approved.approved_at)
    before = await tx.runtime.files.read(sheet.sha256)
    opinion = _opinion(tx, approved, title="审核人", text=f"编号 {approved.number}")
    after = await asyncio.to_thread(
        put_number, before, approved.number, opinion, credential=mine.credential
    )
    sheet.number = approved.number
    await _signed(tx, sheet, after, approved, field=NUMBER)


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
        countersigners=[UUID(unit) for unit in sheet.countersigners],
        unit_kind=UnitKind(seal.kind) if seal else None,
        taken={(one.place or NUMBER, one.unit_id): one.seal_order for one in signatures},
        sealed_tasks={one.task_id: one.seal_order for one in signatures if one.task_id},
    )


def _place(sheet: Sheet, decided: Decided, at: OpinionPlace) -> str | Part:
    if at is not OpinionPlace.COUNTERSIGN:
        return at.value
    return Part(sheet.countersigners.index(str(decided.unit.id)), len(sheet.countersigners))


def _opinion(tx: Transaction, by: Decided | Approved, *, title: str, text: str) -> Opinion:
    return Opinion(
        text=text,
        signer=_signer(by),
        signer_title=title,
        unit=by.unit.name,
        date=shown_date(_signed_at(by), tx.runtime.organisation),
        signed_at=_signed_at(by),
    )


def _signer(by: Decided | Approved) -> str:
    if isinstance(by, Decided) and by.on_behalf_of is not None:
        return f"{by.by.name}（代{by.on_behalf_of.name}）"
    return by.by.name


def _signed_at(by: Decided | Approved) -> datetime:
    return by.decided_at if isinstance(by, Decided) else by.approved_at


def _verdict(by: Decided | Approved) -> Verdict:
    return by.verdict if isinstance(by, Decided) else Verdict.AGREE


async def _signed(
    tx: Transaction, sheet: Sheet, pdf: bytes, by: Decided | Approved, *, field: str
) -> None:
    stored = await tx.runtime.files.put_bytes(pdf)
    sheet.sha256 = stored.sha256
    place, task_id = (by.place, by.task_id) if isinstance(by, Decided) else (None, None)
    tx.session.add(
        Signature(
            id=new_id(),
            request_id=sheet.request_id,
            revision=sheet.revision,
            field=field,
            place=place,
            task_id=task_id,
            unit_id=by.unit.id,
            unit_name=by.unit.name,
            signer_id=by.by.id,
            signer_name=by.by.name,
            signed_at=_signed_at(by),
            sealed_at=tx.now,
            sha256=stored.sha256,
            seal_order=by.seal_order or "",
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
