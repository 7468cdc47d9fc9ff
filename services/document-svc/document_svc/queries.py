"""What is read of sheets, for the routes."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import Select, select

from document_svc.domain import SheetState, state_of
from document_svc.models import Sheet, Signature, Void
from shared.contracts.document import VoidReason
from shared.transaction import Transaction

_NO_REQUEST = UUID(int=0)


def newest_sheet(request_id: UUID) -> Select[Sheet]:
    return (
        select(Sheet).where(Sheet.request_id == request_id).order_by(Sheet.revision.desc()).limit(1)
    )


async def sheet_of(tx: Transaction, request_id: UUID, revision: int | None) -> Sheet | None:
    """The newest revision's, unless one is asked for."""
    if revision is not None:
        return await tx.session.get(Sheet, (request_id, revision))
    newest: Sheet | None = await tx.session.scalar(newest_sheet(request_id))
    return newest


async def void_of(tx: Transaction, sheet: Sheet) -> VoidReason | None:
    void = await tx.session.get(Void, (sheet.request_id, sheet.revision))
    return VoidReason(void.reason) if void else None


async def sheets_of(
    tx: Transaction, request_id: UUID
) -> list[tuple[Sheet, SheetState, list[Signature]]]:
    """Every revision, the newest first, with its signatures in the order they were made."""
    sheets = await tx.session.scalars(
        select(Sheet).where(Sheet.request_id == request_id).order_by(Sheet.revision.desc())
    )
    signatures: defaultdict[int, list[Signature]] = defaultdict(list)
    for signature in await tx.session.scalars(
        select(Signature).where(Signature.request_id == request_id).order_by(Signature.id)
    ):
        signatures[signature.revision].append(signature)
    return [
        (sheet, state_of(await void_of(tx, sheet)), signatures[sheet.revision]) for sheet in sheets
    ]


async def sheet_by_code(
    tx: Transaction, code: str | None
) -> tuple[Sheet, SheetState, list[Signature], Void | None] | None:
    """For the public check: the sheet that carries this code, with its department seals.

    An unknown code, and what is none (None), cost as many questions as a known one.
    """
    sheet = await tx.session.scalar(select(Sheet).where(Sheet.verification_code == (code or "")))
    key = (sheet.request_id, sheet.revision) if sheet else (_NO_REQUEST, 0)
    signatures = await tx.session.scalars(
        select(Signature)
        .where(
            Signature.request_id == key[0],
            Signature.revision == key[1],
            Signature.place.is_not(None),
        )
        .order_by(Signature.id)
    )
    void = await tx.session.get(Void, key)
    if sheet is None:
        return None
    state = state_of(VoidReason(void.reason) if void else None)
    return sheet, state, list(signatures), void
