"""Is this order to seal to be obeyed? Checked against what document-svc itself knows. No IO."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.document import RefusalReason
from shared.contracts.people import UnitKind
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import Approved, Decided, OpinionPlace
from shared.seal_order import NotOurOrder, SealOrder, SealOrderVerifier, order_of

NUMBER = "number"  # stands for the place of the official number, which has no OpinionPlace

_OF_KIND: Mapping[str, UnitKind] = {
    OpinionPlace.LEGAL_COUNSEL: UnitKind.LEGAL_COUNSEL,
    NUMBER: UnitKind.SEAL_OFFICE,
}


class OrderRefused(Exception):
    """Nothing is sealed, and an alarm is raised. `detail` names what does not fit."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class KnownSheet:
    """What is known here of the sheet that is to be sealed.

    `unit_kind`: of the department that is to seal; None while it is not known here.
    `taken`: the order that sealed there, by place and department. `sealed_tasks`: by task.
    """

    form: SealUseForm
    submission_sha256: str
    countersigners: Collection[UUID]
    unit_kind: UnitKind | None
    taken: Mapping[tuple[str, UUID], str]
    sealed_tasks: Mapping[UUID, str]


def needs_order(event: Decided | Approved) -> bool:
    """Whether something is to appear on the sheet because of it."""
    return isinstance(event, Approved) or bool(event.place or event.countersigners)


def checked_order(
    event: Decided | Approved, sheet: KnownSheet, verifier: SealOrderVerifier
) -> bool:
    """Returns: False when just this order has been obeyed before. Raises: OrderRefused."""
    order = require_signed(event, verifier)
    _fits_event(order, event, sheet)
    if order.task_id is not None and order.task_id in sheet.sealed_tasks:
        if sheet.sealed_tasks[order.task_id] == event.seal_order:
            return False
        raise OrderRefused(RefusalReason.PLACE_TAKEN, "another order for a task that has sealed")
    place = NUMBER if isinstance(event, Approved) else event.place
    if place is None:
        return True
    _may_seal(place, event, sheet)
    earlier = sheet.taken.get((place, event.unit.id))
    if earlier not in (None, event.seal_order):
        raise OrderRefused(RefusalReason.PLACE_TAKEN, f"{place} is sealed by another order")
    return earlier is None


def require_signed(event: Decided | Approved, verifier: SealOrderVerifier) -> SealOrder:
    """What workflow-svc signed. Raises: OrderRefused."""
    if event.seal_order is None:
        raise OrderRefused(RefusalReason.NO_ORDER, "the decision carries no order")
    try:
        return verifier.order(event.seal_order)
    except NotOurOrder as error:
        raise OrderRefused(RefusalReason.NOT_SIGNED, str(error)) from error


def _fits_event(order: SealOrder, event: Decided | Approved, sheet: KnownSheet) -> None:
    expected = order_of(event, order.submission_sha256)
    differing = [
        name for name in SealOrder.model_fields if getattr(order, name) != getattr(expected, name)
    ]
    if differing:
        raise OrderRefused(
            RefusalReason.OTHER_DECISION, f"signed with other {', '.join(differing)}"
        )
    if order.submission_sha256 != sheet.submission_sha256:
        raise OrderRefused(RefusalReason.OTHER_SUBMISSION, "signed for another form")


def _may_seal(place: str, event: Decided | Approved, sheet: KnownSheet) -> None:
    """Only the department that the form, the decisions or its kind name for the place."""
    form = sheet.form
    if place == OpinionPlace.APPLYING_UNIT:
        allowed = event.unit.id == form.unit.id
    elif place == OpinionPlace.APPROVING_DEPARTMENT:
        allowed = event.unit.id == form.approving_department.id
    elif place == OpinionPlace.COUNTERSIGN:
        allowed = event.unit.id in sheet.countersigners
    else:
        wanted = place != OpinionPlace.LEGAL_COUNSEL or form.horizontal_contract
        # A department that is not known here yet is waited for, and this is asked again.
        allowed = wanted and sheet.unit_kind in (None, _OF_KIND[place])
    if not allowed:
        raise OrderRefused(RefusalReason.FOREIGN_UNIT, f"unit {event.unit.id} at {place}")
