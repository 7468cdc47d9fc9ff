"""A sheet and the record that it was sealed by, as workflow-svc would write and prove it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import UUID, uuid5

from document_svc.domain import shown_number, shown_opinion
from document_svc.stamping import Hand, put_number, put_opinion
from workflow_svc.checkpoint import Notary

from shared.contracts.workflow import Approved, Decided, Node, OpinionPlace, Verdict
from shared.record import chain
from shared.record.chain import Entry
from shared.record.checkpoint import Checkpoint
from shared.record.ending import Ending
from shared.record.merkle import inclusion_path, leaf, tree_of
from shared.record.proof import ProvenRow, RecordKeys, RecordProof
from shared.seal_order import SealOrderIssuer, create_order_keys, form_digest, order_of
from tests.unit.document_svc.examples import (
    NAMES,
    ORGANISATION,
    SIGNED_AT,
    credential,
    drawing,
    form,
    opinion,
    person,
    sheet,
    unit,
)

E = TypeVar("E", Decided, Approved)
Event = Decided | Approved

_FOLDER = TemporaryDirectory(prefix="record-keys-")
PRIVATE, PUBLIC = create_order_keys(Path(_FOLDER.name) / "ours")
OTHER_PRIVATE, OTHER_PUBLIC = create_order_keys(Path(_FOLDER.name) / "others")
REQUEST = uuid5(NAMES, "request")
SUBMISSION = form_digest(form())
APPLYING, APPROVING = OpinionPlace.APPLYING_UNIT, OpinionPlace.APPROVING_DEPARTMENT


def ordered(event: E, *, key: Path = PRIVATE) -> E:
    order = SealOrderIssuer(key).sign(order_of(event, SUBMISSION))
    return event.model_copy(update={"seal_order": order})


def agreed(
    place: OpinionPlace, name: str, said: str, *, key: Path = PRIVATE, **changes: Any
) -> Decided:
    event = Decided(
        request_id=REQUEST,
        revision=1,
        task_id=uuid5(NAMES, f"{name}的任务"),
        node=Node(id=place.value, name="审批"),
        verdict=Verdict.AGREE,
        opinion=said,
        by=person(f"{name}的审批人"),
        unit=unit(name),
        place=place,
        countersigners=(),
        decided_at=SIGNED_AT + timedelta(microseconds=42),
    )
    return ordered(event.model_copy(update=changes), key=key)


def approved() -> Approved:
    event = Approved(
        request_id=REQUEST,
        revision=1,
        number="YY2026-000139",
        by=person("薛瑜"),
        unit=unit("督查室"),
        title="用印审批",
        initiator=person("沈芷珺"),
        handler_name="李玥祎",
        handler_mobile="13800000002",
        approved_at=SIGNED_AT + timedelta(hours=1),
    )
    return ordered(event)


FIRST = agreed(APPLYING, "计算机学院", "同意，材料属实。")
SECOND = agreed(APPROVING, "科研部", "")  # an 同意 without a word
NUMBERED = approved()
EVENTS: tuple[Event, ...] = (FIRST, SECOND, NUMBERED)


def put(pdf: bytes, event: Event, *, text: str | None = None) -> bytes:
    """The sheet with the event's seal; `text` instead of what was decided."""
    hand = Hand(drawing(f"{ORGANISATION.name}某某部门"), credential(event.unit.name))
    if isinstance(event, Approved):
        said = opinion(event.unit.name, text or shown_number(event.number))
        said = replace(said, order=event.seal_order, signed_at=event.approved_at)
        return put_number(pdf, event.number, said, hand)
    said = opinion(event.unit.name, text or shown_opinion(event.opinion))
    said = replace(said, order=event.seal_order, signed_at=event.decided_at)
    return put_opinion(pdf, str(event.place), said, hand)


def sealed_by(*events: Event) -> bytes:
    pdf = sheet()
    for event in events:
        pdf = put(pdf, event)
    return pdf


# ---- The record ----------------------------------------------------------------------------------


def row(kind: str, **values: Any) -> Entry:
    nothing = dict.fromkeys(chain.BOUND)
    known = {
        "request_id": REQUEST,
        "revision": 1,
        "submission_sha256": SUBMISSION,
        "detail": {},
        "at": SIGNED_AT + timedelta(days=1),
    }
    return {**nothing, **known, "kind": kind, **values}


def row_of(event: Event) -> Entry:
    if isinstance(event, Approved):
        detail = {"number": event.number}
        return row("approved", actor_id=event.by.id, detail=detail, at=event.approved_at)
    return row(
        "decided",
        actor_id=event.by.id,
        actor_name=event.by.name,
        task_id=event.task_id,
        unit_name=event.unit.name,
        verdict="agree",
        opinion=event.opinion or None,
        detail={"place": str(event.place)},
        at=event.decided_at,
    )


def rows_of(*events: Event) -> list[Entry]:
    return [row("submitted", at=SIGNED_AT), *map(row_of, events)]


def proof_of(rows: Sequence[Entry], *, key: Path = PRIVATE) -> RecordProof:
    """Among the rows of other requests in the log."""
    chained = chain.chained(rows, length=0, head=chain.BEFORE_THE_FIRST)
    leaves = [leaf(bytes([number])) for number in range(5)]
    leaves += [leaf(bytes.fromhex(each["hash"])) for each in chained]
    leaves += [leaf(bytes([number])) for number in range(7)]
    tree, notary = tree_of(leaves), Notary(key, ORGANISATION)
    end = Ending(
        request_id=REQUEST, length=len(rows), head=chained[-1]["hash"], stated_at=SIGNED_AT
    )
    return RecordProof.model_validate_json(
        RecordProof(
            request_id=REQUEST,
            rows=tuple(
                _proven(each, position, tree.size, lambda b, e: tree_of(leaves[b:e]).root)
                for position, each in enumerate(chained, start=5)
            ),
            checkpoint=notary.sign(Checkpoint(tree.size, tree.root)),
            ending=notary.sign_ending(end),
        ).model_dump_json()
    )


def _proven(
    each: Entry, position: int, size: int, root_of: Callable[[int, int], bytes]
) -> ProvenRow:
    path = inclusion_path(position, size, root_of)
    bound = {name: each[name] for name in chain.BOUND}
    return ProvenRow(
        entry={name: _plain(value) for name, value in bound.items()},
        hash=each["hash"],
        position=position,
        path=tuple(beside.hex() for beside in path),
    )


def _plain(value: object) -> Any:
    """As JSON has it."""
    if isinstance(value, UUID):
        return str(value)
    return chain.canonical(value).decode().strip('"') if hasattr(value, "isoformat") else value


def keys() -> RecordKeys:
    return RecordKeys(PUBLIC)
