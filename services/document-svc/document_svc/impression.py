"""One decision, put on a sheet's PDF: its opinion with seal and signature, or the number."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from cryptography import x509

from document_svc.domain import shown_number, shown_opinion, signer_title
from document_svc.fields import NUMBER
from document_svc.models import Sheet
from document_svc.proofs import certificates_of_stamps, with_proofs
from document_svc.revocation import revocation_list
from document_svc.seal_room import seal_room
from document_svc.seals import ReadySeal, authority, ready_seal
from document_svc.sheet import PLACES, Continued, shown_date
from document_svc.stamping import Hand, Opinion, Part, put_number, put_opinion
from document_svc.time_stamp import TimestampAway
from shared.contracts.workflow import Approved, Decided, OpinionPlace
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)


class Impression(NamedTuple):
    """The PDF with one more signature, the name of its field, whether a third party stamped it."""

    pdf: bytes
    field: str
    timestamped: bool


async def impressed(
    tx: Transaction, sheet: Sheet, pdf: bytes, event: Decided | Approved
) -> Impression:
    """With a time stamp where an authority is configured; without, when it stays away too long.

    Raises: Retry while the department's seal cannot be used; TimestampAway.
    """
    mine = await ready_seal(tx, event.unit.id, used_at=decided_at(event))
    authority = seal_room(tx).timestamps
    if authority is not None:
        stamping = replace(mine, credential=replace(mine.credential, authority=authority))
        try:
            after, field = await _put(tx, sheet, pdf, event, stamping)
            return Impression(await _proved(tx, after), field, timestamped=True)
        except TimestampAway as away:
            if tx.now - decided_at(event) < tx.runtime.settings.timestamp_patience:
                raise
            log.warning("sealed_without_time_stamp", unit=str(event.unit.id), error=str(away))
    return Impression(*await _put(tx, sheet, pdf, event, mine), timestamped=False)


async def _proved(tx: Transaction, pdf: bytes) -> bytes:
    """With what proves the time-stamped signatures later (PAdES B-LT). Raises: KeysAway."""
    ours = x509.load_der_x509_certificate((await authority(tx)).certificate)
    lists = [await revocation_list(tx)]
    above = await asyncio.to_thread(certificates_of_stamps, pdf)
    lists += await asyncio.to_thread(seal_room(tx).outside.of, above)
    return await asyncio.to_thread(with_proofs, pdf, [ours, *above], lists)


async def _put(
    tx: Transaction, sheet: Sheet, pdf: bytes, event: Decided | Approved, mine: ReadySeal
) -> tuple[bytes, str]:
    hand = Hand(mine.drawing, mine.credential, seal_room(tx).template, mine.diameter)
    opinion = opinion_of(tx, event)
    if isinstance(event, Approved):
        return await asyncio.to_thread(put_number, pdf, event.number, opinion, hand), NUMBER
    place = place_of(sheet, event)
    continued = any(one["task_id"] == str(event.task_id) for one in sheet.continued)
    after = await asyncio.to_thread(put_opinion, pdf, place, opinion, hand, continued=continued)
    return after, str(place)


def place_of(sheet: Sheet, decided: Decided) -> str | Part:
    """Raises: ValueError for a decision without a place."""
    if decided.place is OpinionPlace.COUNTERSIGN:
        asked = asked_units(sheet)
        return Part(asked.index(decided.unit.id), len(asked))
    if decided.place is None:
        raise ValueError("a decision without a place on the sheet")
    return decided.place.value


def opinion_of(tx: Transaction, event: Decided | Approved) -> Opinion:
    if isinstance(event, Approved):
        title, text = "审核人", shown_number(event.number)
    else:
        title = signer_title(event.place) if event.place else ""
        text = shown_opinion(event.opinion)
    return Opinion(
        text=text,
        signer=_signer(event),
        signer_title=title,
        unit=event.unit.name,
        date=shown_date(decided_at(event), tx.runtime.organisation),
        signed_at=decided_at(event),
        order=event.seal_order,
    )


def continuation(opinion: Opinion, decided: Decided, at: OpinionPlace) -> dict[str, str]:
    """The opinion for a further page, as `Sheet.continued` keeps it."""
    return {
        "task_id": str(decided.task_id),
        "place": PLACES[at],
        "unit": opinion.unit,
        "text": opinion.text,
        "title": opinion.signer_title,
        "signer": opinion.signer,
        "date": opinion.date,
    }


def continued_on(sheet: Sheet) -> tuple[Continued, ...]:
    return tuple(
        Continued(**{key: value for key, value in one.items() if key != "task_id"})
        for one in sheet.continued
    )


def asked_units(sheet: Sheet) -> list[UUID]:
    return [UUID(unit["id"]) for unit in sheet.countersigners]


def decided_at(event: Decided | Approved) -> datetime:
    return event.decided_at if isinstance(event, Decided) else event.approved_at


def _signer(event: Decided | Approved) -> str:
    if isinstance(event, Decided) and event.on_behalf_of is not None:
        return f"{event.by.name}（代{event.on_behalf_of.name}）"
    return event.by.name
