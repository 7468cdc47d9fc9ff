"""Orders to document-svc: which decision puts which seal where, signed as it is decided."""

from functools import cache
from pathlib import Path

from shared.contracts import Event
from shared.contracts.workflow import Approved, Decided, Verdict
from shared.seal_order import SealOrderIssuer, order_of
from shared.transaction import Transaction


@cache
def issuer(private_key: Path) -> SealOrderIssuer:
    return SealOrderIssuer(private_key)


def with_order(tx: Transaction, event: Event, submission_sha256: str) -> Event:
    """The event, carrying an order when something is to appear on the sheet because of it."""
    if not isinstance(event, (Decided, Approved)) or not _seals(event):
        return event
    signing = issuer(tx.runtime.settings.seal_order_private_key)
    return event.model_copy(update={"seal_order": signing.sign(order_of(event, submission_sha256))})


def _seals(event: Decided | Approved) -> bool:
    if isinstance(event, Approved):
        return True
    agreed = event.verdict is Verdict.AGREE
    return agreed and bool(event.place or event.countersigners)
