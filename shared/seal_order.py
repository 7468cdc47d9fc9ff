"""The order to put a seal on a sheet: workflow-svc signs it, document-svc obeys no other.

An order is a JWS (RFC 7515) with Ed25519, made in the transaction of the decision. It binds what
was decided to the request, its revision, the form that was submitted, the task, the place, the
department, the person, the words and the moment, so that it is good for that one seal and nothing
else. Whoever can write to the bus but does not hold workflow-svc's key can order nothing.
"""

from hashlib import sha256
from pathlib import Path
from uuid import UUID

from joserfc.jwk import OKPKey
from pydantic import AwareDatetime

from shared import signed_fact
from shared.contracts.event import Fact
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import Approved, Decided, OpinionPlace
from shared.key_pair import create_key_pair, public_keys_in
from shared.record.chain import digest

TYPE = "seal-order+jws"


class NotOurOrder(ValueError):
    """Not an order that workflow-svc signed, or not as it was signed."""


class SealOrder(Fact):
    """What is ordered. `place` is None for the official number, `task_id` then as well."""

    request_id: UUID
    revision: int
    submission_sha256: str
    task_id: UUID | None
    place: OpinionPlace | None
    unit_id: UUID
    signer_id: UUID
    on_behalf_of: UUID | None
    text_sha256: str  # of the opinion, or of the number, as it stands in the event
    countersigners: tuple[UUID, ...]
    decided_at: AwareDatetime


def order_of(event: Decided | Approved, submission_sha256: str) -> SealOrder:
    """The order that fits this decision about that submission: what is signed, and checked."""
    decided = event if isinstance(event, Decided) else None
    text = event.opinion if isinstance(event, Decided) else event.number
    return SealOrder(
        request_id=event.request_id,
        revision=event.revision,
        submission_sha256=submission_sha256,
        task_id=decided.task_id if decided else None,
        place=decided.place if decided else None,
        unit_id=event.unit.id,
        signer_id=event.by.id,
        on_behalf_of=decided.on_behalf_of.id if decided and decided.on_behalf_of else None,
        text_sha256=sha256(text.encode()).hexdigest(),
        countersigners=tuple(unit.id for unit in decided.countersigners) if decided else (),
        decided_at=event.decided_at if isinstance(event, Decided) else event.approved_at,
    )


def form_digest(form: SealUseForm) -> str:
    """SHA-256 of a submitted form in one text: sorted keys, no spaces (cf. RFC 8785).

    Each service computes it of the form as it received it; nobody is told it.
    """
    return digest(form.model_dump(mode="json"))


class SealOrderIssuer:
    """Signs orders. Only workflow-svc holds the private key."""

    def __init__(self, private_key: Path) -> None:
        self._key = OKPKey.import_key(private_key.read_bytes())

    def sign(self, order: SealOrder) -> str:
        return signed_fact.signed(order, TYPE, self._key)


class SealOrderVerifier:
    """Reads orders. The file may hold several public keys, so that a key can be replaced."""

    def __init__(self, public_keys: Path) -> None:
        self._keys = [OKPKey.import_key(pem) for pem in public_keys_in(public_keys)]

    def order(self, token: str) -> SealOrder:
        """Raises: NotOurOrder for whatever is wrong with it."""
        try:
            return signed_fact.read(token, SealOrder, TYPE, self._keys, what="order")
        except signed_fact.NotSigned as error:
            raise NotOurOrder(str(error)) from error


def create_order_keys(folder: Path) -> tuple[Path, Path]:
    """workflow-svc's pair in the folder; made when there is none yet.

    Returns: the paths of the private and the public key.
    """
    return create_key_pair(folder, "seal-orders")
