"""处理记录: what is written down of a deed. Pure. How rows are bound: `shared/record/chain.py`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.contracts.workflow import Verdict
from shared.record.chain import Entry
from workflow_svc.announce import sealed_place
from workflow_svc.domain import Happening, Instance, Kind
from workflow_svc.flow import Flow

_WRITTEN_DOWN = frozenset(
    {
        Kind.SUBMITTED,
        Kind.BLOCKED,
        Kind.DECIDED,
        Kind.CARRIED_OVER,
        Kind.WITHDRAWN,
        Kind.URGED,
        Kind.REASSIGNED,
        Kind.CHOSEN,
        Kind.SIGNER_ADDED,
        Kind.SIGNER_REMOVED,
        Kind.COPIED,
        Kind.OVERDUE,
        Kind.APPROVED,
        Kind.COMPLETED,
        Kind.VOID_PROPOSED,
        Kind.VOID_DECLINED,
        Kind.VOIDED,
    }
)
_OF_PEOPLE = frozenset(
    {
        *(Kind.URGED, Kind.REASSIGNED, Kind.CHOSEN, Kind.COPIED, Kind.OVERDUE),
        *(Kind.SIGNER_ADDED, Kind.SIGNER_REMOVED, Kind.VOIDED),
    }
)


def entries(
    instance: Instance,
    flow: Flow,
    happened: Iterable[Happening],
    *,
    submission_sha256: str,
    at: datetime,
) -> list[Entry]:
    """The rows that these happenings add to the record, not yet chained."""
    return [
        _entry(instance, flow, happening) | {"submission_sha256": submission_sha256, "at": at}
        for happening in happened
        if happening.kind in _WRITTEN_DOWN
    ]


def _entry(instance: Instance, flow: Flow, happening: Happening) -> Entry:
    task = happening.task
    where = task.node if task else happening.node
    node = flow.node(where) if where else None
    return {
        "request_id": instance.request_id,
        "kind": happening.kind.value,
        "actor_id": happening.by.id if happening.by else None,
        "actor_name": happening.by.name if happening.by else None,
        "revision": instance.revision,
        "task_id": task.id if task else None,
        "node": node.id if node else None,
        "node_name": node.name if node else None,
        "unit_name": task.unit.name if task else None,
        "verdict": happening.verdict.value if happening.verdict else None,
        "opinion": happening.opinion or None,
        "detail": _detail(instance, flow, happening),
        "arrived_at": task.opened_at if task else None,
    }


def _detail(instance: Instance, flow: Flow, happening: Happening) -> dict[str, Any]:
    """What else there is to say of a deed; only what there is."""
    said: dict[str, Any] = {}
    if happening.kind is Kind.SUBMITTED:
        said = {"flow": flow.key, "flow_version": flow.version}
    if happening.kind in {Kind.APPROVED, Kind.COMPLETED}:
        said = {"number": instance.number}
    if happening.verdict is Verdict.AGREE:
        said |= _sealed(instance, flow, happening)
    said |= _carried(happening)
    if happening.kind in _OF_PEOPLE:
        said["people"] = [person.name for person in happening.people]
    if happening.on_behalf_of is not None:
        said["on_behalf_of"] = happening.on_behalf_of.name
    if happening.gave_up is not None:
        said["gave_up"] = happening.gave_up.name
    if happening.why is not None:
        said["why"] = happening.why.value
    if happening.step is not None:
        said["step"] = happening.step.value
    if happening.reason:
        said["reason"] = happening.reason
    return said


def _sealed(instance: Instance, flow: Flow, happening: Happening) -> dict[str, Any]:
    """Where the agreement puts its unit's seal: whoever has sheet and record can miss one."""
    place = sealed_place(instance, flow, happening)
    return {} if place is None else {"place": place.value}


def _carried(happening: Happening) -> dict[str, Any]:
    """What a decision brings with it besides its opinion."""
    said: dict[str, Any] = {}
    if happening.countersigners:
        said["countersigners"] = [unit.name for unit in happening.countersigners]
    if happening.attachments:
        said["attachments"] = [file.model_dump(mode="json") for file in happening.attachments]
    return said
