"""What 督查室 sees of a request at the counter: what was approved, what is left of it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, or_, select

from document_svc import counter, ledger, queries
from document_svc.counter_errors import NothingFound
from document_svc.counter_rules import place_of, purpose_of
from document_svc.domain import CODE_LENGTH, SheetState, asked_code, state_of
from document_svc.errors import SheetNotReady
from document_svc.ledger_models import LedgerEntry, Submission
from document_svc.ledger_queries import entries_of
from document_svc.models import Sheet
from shared.contracts.document import SealedItem
from shared.contracts.request import SealUseForm
from shared.errors import NotFound
from shared.identity import User
from shared.posts import holds
from shared.readers import require_overseer, require_reader
from shared.transaction import Transaction


class CounterState(StrEnum):
    """Whether something can be registered now."""

    WAITING = "waiting"  # not every approval is done
    OPEN = "open"
    CLOSED = "closed"  # registered completely
    VOID = "void"  # the sheet counts no more, for whichever reason


@dataclass(frozen=True)
class Allowance:
    """`place` is 用章位置 of a seal, `purpose` that of a certificate."""

    item: SealedItem
    approved: int
    used: int
    place: str
    purpose: str

    @property
    def remaining(self) -> int:
        return max(self.approved - self.used, 0)


@dataclass(frozen=True)
class AtTheCounter:
    submission: Submission
    form: SealUseForm
    sheet: Sheet
    sheet_state: SheetState
    state: CounterState
    superseded: bool  # a newer revision exists: this sheet is not the one that counts
    allowances: tuple[Allowance, ...]
    entries: tuple[LedgerEntry, ...]
    may_register: bool


async def by_what_was_scanned(tx: Transaction, asked: str, *, by: User) -> AtTheCounter:
    """`asked`: what the QR code says, its code alone, 编号 or 受理号.

    Raises: OverseersOnly, NothingFound.
    """
    await require_overseer(tx, by)
    sheet = await tx.session.scalar(_sheet_like(asked.strip()))
    if sheet is None:
        raise NothingFound
    return await _seen(tx, sheet, by=by)


async def by_request(tx: Transaction, request_id: UUID, *, by: User) -> AtTheCounter:
    """Raises: NotFound, SheetNotReady."""
    await require_reader(tx, request_id, by)
    sheet = await tx.session.scalar(queries.newest_sheet(request_id))
    if sheet is None:
        raise SheetNotReady
    return await _seen(tx, sheet, by=by)


async def entry_and_code(tx: Transaction, entry_id: UUID, *, by: User) -> tuple[LedgerEntry, str]:
    """An entry, and the verification code of its sheet. Raises: NotFound."""
    entry = await tx.session.scalar(select(LedgerEntry).where(LedgerEntry.id == entry_id))
    if entry is None:
        raise NotFound
    await require_reader(tx, entry.request_id, by)
    sheet = await tx.session.get_one(Sheet, (entry.request_id, entry.revision))
    return entry, sheet.verification_code


def _sheet_like(asked: str) -> Select[Sheet]:
    code = asked_code(asked.rstrip("/").rsplit("/", 1)[-1][-CODE_LENGTH:])
    if code is not None:
        return select(Sheet).where(Sheet.verification_code == code)
    number = asked.upper()
    numbered = or_(Sheet.number == number, Sheet.tracking_number == number)
    return select(Sheet).where(numbered).order_by(Sheet.revision.desc()).limit(1)


async def _seen(tx: Transaction, sheet: Sheet, *, by: User) -> AtTheCounter:
    submission = await counter.submission_of(tx, sheet)
    form = SealUseForm.model_validate(submission.form)
    approved = counter.approved_of(sheet)
    used = await ledger.used_of(tx, sheet.request_id, sheet.revision)
    newest = await tx.session.scalar(queries.newest_sheet(sheet.request_id))
    sheet_state = state_of(await queries.void_of(tx, sheet))
    state = _state(sheet, sheet_state, closed=await counter.is_closed(tx, sheet))
    is_keeper = await holds(tx, by.id, counter.SEAL_KEEPERS)
    return AtTheCounter(
        submission=submission,
        form=form,
        sheet=sheet,
        sheet_state=sheet_state,
        state=state,
        superseded=newest is not None and newest.revision > sheet.revision,
        allowances=tuple(
            Allowance(item, approved.get(item, 0), used.get(item, 0), place_of(form, item), purpose)
            for item, purpose in ((item, purpose_of(form, item)) for item in SealedItem)
            if approved.get(item) or used.get(item)
        ),
        entries=tuple(await entries_of(tx, sheet.request_id)),
        may_register=is_keeper and state is CounterState.OPEN,
    )


def _state(sheet: Sheet, sheet_state: SheetState, *, closed: bool) -> CounterState:
    if sheet_state is not SheetState.CURRENT:
        return CounterState.VOID
    if sheet.number is None:
        return CounterState.WAITING
    return CounterState.CLOSED if closed else CounterState.OPEN
