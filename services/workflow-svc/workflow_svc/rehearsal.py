"""A definition tried against a directory: which departments it names are there, which seats are
empty, and who would act on a given form. Pure; the walk is the engine's own.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.people import BusinessType, Person, Post, Unit, UnitKind
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import Verdict
from workflow_svc import engine, handing_over
from workflow_svc.domain import Instance, Status, Task, TaskState
from workflow_svc.flow import (
    CodeUnits,
    Fault,
    Flow,
    FlowNode,
    FormUnit,
    KindUnit,
    Mode,
    NamedUnits,
    NodeKind,
)
from workflow_svc.lines import Lines
from workflow_svc.seats import Directory
from workflow_svc.world import World


@dataclass(frozen=True, slots=True)
class KnownUnit:
    unit: Unit
    code: str
    kind: UnitKind
    approves: tuple[BusinessType, ...]
    has_seal: bool


@dataclass(frozen=True, slots=True)
class WholeDirectory:
    """Every active unit, and who holds which post there."""

    units: tuple[KnownUnit, ...]
    held: Mapping[tuple[Post, UUID], tuple[Person, ...]]

    @property
    def seats(self) -> Directory:
        of_kind: dict[UnitKind, Unit] = {}
        for known in self.units:
            of_kind.setdefault(known.kind, known.unit)
        return Directory(self.held, of_kind, {known.code: known.unit for known in self.units})

    def coded(self, code: str) -> KnownUnit | None:
        return next((known for known in self.units if known.code == code), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A task as it would come; `people` is empty where nobody could act."""

    node: FlowNode
    unit: Unit
    people: tuple[Person, ...]
    waits: bool  # its turn comes after another's
    due_at: datetime | None


def against(
    flow: Flow, text: str, directory: WholeDirectory
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """What must be put right before publishing, and what only should be: seats empty today."""
    lines = Lines(text)
    where = _numbers(text)

    def placed(code: str, place: tuple[str | int, ...], name: str, message: str) -> Fault:
        return Fault(code, name, message, lines.of(*place))

    faults, warnings = list[Fault](), list[Fault]()
    faults += [
        placed("D16", ("units",), "units", f"there is no unit {code}")
        for code in flow.units
        if directory.coded(code) is None
    ]
    for number, rule in enumerate(flow.rules):
        for code in rule.units:
            if directory.coded(code) is None:
                message = f"there is no unit {code}"
                faults.append(placed("D16", ("countersign", number), "countersign", message))
    for node in flow.nodes:
        place = ("nodes", where.get(node.id, 0), "of_each" if node.of_each else "of")
        for code, message in _wrong_units(node, directory):
            faults.append(placed(code, place, f"{node.id}.{place[-1]}", message))
        asked = _asked(node, directory)
        empty = [unit.name for unit in asked if not _holders(node, unit, directory)]
        if empty:
            message = f"nobody is {node.post} in: {'、'.join(empty)}"
            warnings.append(placed("D17", (*place[:2], "post"), f"{node.id}.post", message))
    return tuple(faults), tuple(warnings)


def rehearse(
    flow: Flow,
    form: SealUseForm,
    initiator: Person,
    world: World,
    *,
    named: tuple[Unit, ...] = (),
) -> Iterator[Step]:
    """The tasks in the order they would come, when the first who may act always agrees; ends at the
    gate, or where nobody could act. `named`: departments that are asked to countersign."""
    state = Instance(request_id=world.new_id(), initiator=initiator, form=form)
    state = engine.submit(state, flow, form, 1, world).state
    shown: set[UUID] = set()
    while True:
        live = state.live()
        for task in live:
            if task.id not in shown:
                shown.add(task.id)
                yield _step(flow, task)
        if state.status is not Status.IN_PROGRESS:
            return
        able = next((task for task in live if task.state is TaskState.OPEN), None)
        if able is None:
            return
        state = _agree(state, flow, able, world, named)


def _agree(
    state: Instance, flow: Flow, task: Task, world: World, named: tuple[Unit, ...]
) -> Instance:
    by, node = task.candidates[0], flow.node(task.node)
    chosen = {
        ahead.id: people[:1]
        for ahead in handing_over.coming(state, flow)
        if ahead.chosen_by_previous and (people := handing_over.choices(state, ahead, by.id, world))
    }
    return engine.decide(
        state,
        flow,
        task.id,
        world,
        by=by,
        verdict=Verdict.AGREE,
        opinion="（试走）",
        countersigners=named if node.names_countersigners else (),
        chosen=chosen,
    ).state


def _step(flow: Flow, task: Task) -> Step:
    return Step(
        node=flow.node(task.node),
        unit=task.unit,
        people=task.candidates,
        waits=task.state is TaskState.QUEUED,
        due_at=task.due_at,
    )


def _wrong_units(node: FlowNode, directory: WholeDirectory) -> Iterator[tuple[str, str]]:
    if isinstance(node.units, CodeUnits):
        for code in node.units.codes:
            if directory.coded(code) is None:
                yield "D16", f"there is no unit {code}"
    if isinstance(node.units, KindUnit) and not list(_asked(node, directory)):
        yield "D16", f"no unit is a {node.units.kind}"
    if node.place is not None and isinstance(node.units, (CodeUnits, KindUnit)):
        for known in directory.units:
            if known.unit in list(_asked(node, directory)) and not known.has_seal:
                yield "D35", f"{known.unit.name} has no seal to put there"


def _asked(node: FlowNode, directory: WholeDirectory) -> Iterator[Unit]:
    """The units that a node may ask, as far as that is known before anyone applies."""
    rule = node.units
    for known in directory.units:
        of_form = rule is FormUnit.UNIT or (
            rule is FormUnit.APPROVING_DEPARTMENT and bool(known.approves)
        )
        of_list = isinstance(rule, CodeUnits) and known.code in rule.codes
        of_kind = isinstance(rule, KindUnit) and known.kind is rule.kind
        named = isinstance(rule, NamedUnits) and known.kind is UnitKind.DEPARTMENT
        if of_form or of_list or of_kind or named:
            yield known.unit


def _holders(node: FlowNode, unit: Unit, directory: WholeDirectory) -> tuple[Person, ...]:
    return directory.seats.holders(node, unit.id)


def _numbers(text: str) -> dict[str, int]:
    """Which [[nodes]] table of the text a node is."""
    rows = tomllib.loads(text).get("nodes", [])
    return {str(row.get("id")): number for number, row in enumerate(rows)}


def in_words(step: Step) -> str:
    """One line for people to read."""
    how = {Mode.ANY: "任一人", Mode.ALL: "全部", Mode.SEQ: "依次"}[step.node.mode]
    if step.node.kind is NodeKind.REGISTER:
        how = "登记用印"
    who = "、".join(person.name for person in step.people) or "无人可办：将暂停并通知系统管理员"
    until = "" if step.due_at is None else f"，限办 {step.node.deadline}"
    turn = "，轮到时再处理" if step.waits else ""
    return f"{step.node.name}（{step.unit.name}，{how}{until}{turn}）：{who}"
