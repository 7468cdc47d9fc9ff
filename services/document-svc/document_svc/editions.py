"""When a sheet turns out to need further pages: a new edition of the same revision.

How many departments countersign, and how long an opinion is, is known only when someone has
decided; a page cannot be added to a signed file without breaking what is signed. So the sheet is
typeset anew with its further pages, and what had been sealed is sealed again: by the same orders,
with the same words and dates, in the same order. The edition before is kept as it was.
"""

import asyncio

from sqlalchemy import select

from document_svc.fields import page_count
from document_svc.impression import continued_on, impressed
from document_svc.layout import MOST_TILES
from document_svc.models import Sheet, SheetEdition, Signature
from document_svc.seal_room import seal_room
from document_svc.sheet import SheetContent, base_sheet
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided
from shared.transaction import Transaction


async def reissued(tx: Transaction, sheet: Sheet) -> bytes:
    """The sheet typeset anew for what is now known, with every seal that it had.

    Raises: Retry while one of the departments' seals cannot be used.
    """
    pdf = await asyncio.to_thread(base_sheet, content_of(tx, sheet))
    stored = await tx.runtime.files.put_bytes(pdf)
    tx.session.add(
        SheetEdition(
            request_id=sheet.request_id,
            revision=sheet.revision,
            edition=sheet.edition,
            base_sha256=sheet.base_sha256,
            sha256=sheet.sha256,
            replaced_at=tx.now,
        )
    )
    sheet.edition += 1
    sheet.base_sha256 = stored.sha256
    sheet.pages = page_count(pdf)
    for event in await _sealed_so_far(tx, sheet):
        pdf = (await impressed(tx, sheet, pdf, event)).pdf
    return pdf


def content_of(tx: Transaction, sheet: Sheet) -> SheetContent:
    """What the sheet's base is typeset from."""
    names = [unit["name"] for unit in sheet.countersigners]
    return SheetContent(
        submitted=RequestSubmitted.model_validate(sheet.submission),
        organisation=tx.runtime.organisation,
        verification_code=sheet.verification_code,
        countersigners=tuple(names) if len(names) > MOST_TILES else (),
        continued=continued_on(sheet),
        template=seal_room(tx).template,
    )


async def _sealed_so_far(tx: Transaction, sheet: Sheet) -> list[Decided | Approved]:
    signatures = await tx.session.scalars(
        select(Signature)
        .where(Signature.request_id == sheet.request_id, Signature.revision == sheet.revision)
        .order_by(Signature.id)
    )
    return [ordered_by(signature) for signature in signatures]


def ordered_by(signature: Signature) -> Decided | Approved:
    """The decision that ordered the signature."""
    kind = Approved if signature.place is None else Decided
    return kind.model_validate(signature.event)
