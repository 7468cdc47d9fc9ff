"""What happens to a sheet: it is rendered, sealed, numbered, voided."""

import asyncio
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from document_svc.domain import approved_items, signer_title, verification_code
from document_svc.fields import COUNTERSIGN, NUMBER, page_count
from document_svc.models import Sheet, Signature, Void
from document_svc.seals import ready_seal
from document_svc.sheet import SheetContent, base_sheet, shown_date
from document_svc.stamping import Opinion, Part, put_number, put_opinion
from shared.contracts.document import Sealed, SheetReady, Voided, VoidReason
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided, OpinionPlace, Verdict
from shared.database import insert, new_id
from shared.messaging import Retry
from shared.transaction import Transaction

AGREED = "同意。"  # what an 同意 without a word says


class NotAsked(ValueError):
    """A department countersigned that no decision had asked to."""


async def render(tx: Transaction, submitted: RequestSubmitted) -> None:
    """The sheet of a new revision, without seals yet."""
    code = verification_code(secrets.token_bytes(16))
    content = SheetContent(submitted, tx.runtime.organisation, code)
    pdf = await asyncio.to_thread(base_sheet, content)
    stored = await tx.runtime.files.put_bytes(pdf)
    tx.session.add(
        Sheet(
            request_id=submitted.request_id,
            revision=submitted.revision,
            verification_code=code,
            tracking_number=submitted.tracking_number,
            handler_name=submitted.form.handler_name,
            approved={item.value: n for item, n in approved_items(submitted.form).items()},
            base_sha256=stored.sha256,
            sha256=stored.sha256,
            pages=page_count(pdf),
            countersigners=[],
            number=None,
            rendered_at=tx.now,
        )
    )
    tx.publish(
        SheetReady(
            request_id=submitted.request_id,
            revision=submitted.revision,
            sha256=stored.sha256,
            ready_at=tx.now,
        )
    )


async def seal(tx: Transaction, decided: Decided) -> None:
    """Puts the unit's opinion and seal on the sheet when the decision is an 同意 with a place.

    Once for each task; never on a void sheet.
    Raises: Retry while the sheet or the unit's seal is not there yet; NotAsked.
    """
    if decided.verdict is not Verdict.AGREE or not (decided.place or decided.countersigners):
        return
    sheet = await _open_sheet(tx, decided.request_id, decided.revision)
    if sheet is None:
        return
    if decided.countersigners:
        sheet.countersigners = [str(unit.id) for unit in decided.countersigners]
    if decided.place is None or await _has_signed(tx, decided):
        return
    place = _place(sheet, decided)
    mine = await ready_seal(tx, decided.unit.id, used_at=decided.decided_at)
    before = await tx.runtime.files.read(sheet.sha256)
    opinion = _opinion(
        tx, decided, title=signer_title(decided.place), text=decided.opinion.strip() or AGREED
    )
    after = await asyncio.to_thread(
        put_opinion, before, place, opinion, seal=mine.drawing, credential=mine.credential
    )
    field = place.field if isinstance(place, Part) else place
    await _signed(tx, sheet, after, decided, field=field)


async def certify_number(tx: Transaction, approved: Approved) -> None:
    """Every approval is done: 督查室's certificate puts the official number on the sheet."""
    sheet = await _open_sheet(tx, approved.request_id, approved.revision)
    if sheet is None or sheet.number is not None:
        return
    mine = await ready_seal(tx, approved.unit.id, used_at=approved.approved_at)
    before = await tx.runtime.files.read(sheet.sha256)
    opinion = _opinion(tx, approved, title="审核人", text=f"编号 {approved.number}")
    after = await asyncio.to_thread(
        put_number, before, approved.number, opinion, credential=mine.credential
    )
    sheet.number = approved.number
    await _signed(tx, sheet, after, approved, field=NUMBER)


async def void(tx: Transaction, request_id: UUID, revision: int, reason: VoidReason) -> None:
    """From now on the revision's sheet counts no more, also when it is rendered only later."""
    added = await tx.session.execute(
        insert(tx.session, Void)
        .values(request_id=request_id, revision=revision, reason=reason, voided_at=tx.now)
        .on_conflict_do_nothing()
        .returning(Void.revision)
    )
    if added.first() is not None:
        tx.publish(
            Voided(request_id=request_id, revision=revision, reason=reason, voided_at=tx.now)
        )


async def _open_sheet(tx: Transaction, request_id: UUID, revision: int) -> Sheet | None:
    """The sheet, locked: its seals are put on one after another. None when it is void."""
    if await tx.session.get(Void, (request_id, revision)) is not None:
        return None
    sheet = await tx.session.get(Sheet, (request_id, revision), with_for_update=True)
    if sheet is None:
        raise Retry(f"revision {revision} of {request_id} has no sheet yet")
    return sheet


async def _has_signed(tx: Transaction, decided: Decided) -> bool:
    found = await tx.session.scalar(
        select(Signature.id).where(
            Signature.request_id == decided.request_id,
            Signature.revision == decided.revision,
            Signature.task_id == decided.task_id,
        )
    )
    return found is not None


def _place(sheet: Sheet, decided: Decided) -> str | Part:
    if decided.place is not OpinionPlace.COUNTERSIGN:
        return str(decided.place)
    asked = [UUID(unit) for unit in sheet.countersigners]
    if decided.unit.id not in asked:
        raise NotAsked(f"unit {decided.unit.id} at {COUNTERSIGN}")
    return Part(asked.index(decided.unit.id), len(asked))


def _opinion(tx: Transaction, by: Decided | Approved, *, title: str, text: str) -> Opinion:
    return Opinion(
        text=text,
        signer=by.by.name,
        signer_title=title,
        unit=by.unit.name,
        date=shown_date(_signed_at(by), tx.runtime.organisation),
        signed_at=_signed_at(by),
    )


def _signed_at(by: Decided | Approved) -> datetime:
    return by.decided_at if isinstance(by, Decided) else by.approved_at


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
