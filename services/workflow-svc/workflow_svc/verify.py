"""What must be refused in a flow, because it could misuse a seal or hang a request.

The codes are stable; a refused definition names every fault it has, each with its place.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from shared.contracts.people import Post, UnitKind
from shared.contracts.workflow import OpinionPlace
from workflow_svc import condition, flow
from workflow_svc.flow import (
    END,
    BadFlow,
    Fault,
    Flow,
    FlowNode,
    FormUnit,
    KindUnit,
    Mode,
    NamedUnits,
    NodeKind,
    UnitRule,
)

E = TypeVar("E", bound=StrEnum)

HEAD_KEYS = frozenset({"key", "version", "name", "matter", "start"})
WHO_KEYS = frozenset({"post", "of", "of_each", "mode", "on_nobody"})
DOES_KEYS = frozenset({"when", "condition", "place", "names_countersigners", "next"})
NODE_KEYS = frozenset({"id", "name", "kind"}) | WHO_KEYS | DOES_KEYS
APPROVE_ONLY = ("place", "names_countersigners", "of_each", "when")
LEAST_APPROVALS = 2
_KIND_UNIT = "unit_of_kind."
_ONE_OF_A_KIND = (UnitKind.LEGAL_COUNSEL, UnitKind.SEAL_OFFICE)


def parse(text: str) -> Flow:
    """The flow that the text defines. Raises: BadFlow with every fault found."""
    head, rows = flow.tables(text)
    faults = _head(head)
    nodes: dict[str, FlowNode] = {}
    for number, row in enumerate(rows, start=1):
        reader = _NodeReader(row, number)
        node = reader.read()
        if node is not None and node.id in nodes:
            reader.fault("D01", "id", f"{node.id} is defined twice")
        faults += reader.faults
        if node is not None:
            nodes[node.id] = node
    if not rows:
        faults.append(Fault("D01", "nodes", "a flow needs nodes"))
    if not faults:
        faults += _way(str(head["start"]), nodes)
    if faults:
        raise BadFlow(tuple(faults))
    return Flow(
        key=str(head["key"]),
        version=int(str(head["version"])),
        name=str(head["name"]),
        matter=str(head["matter"]),
        nodes=tuple(flow.way_through(str(head["start"]), nodes)),
    )


def verify(text: str) -> tuple[Fault, ...]:
    """Everything that is wrong with a definition; empty when it may be published."""
    try:
        parse(text)
    except BadFlow as bad:
        return bad.faults
    return ()


def _head(head: Mapping[str, object]) -> list[Fault]:
    faults = [Fault("D01", key, "unknown key") for key in sorted(head.keys() - HEAD_KEYS)]
    for key in ("key", "name", "matter", "start"):
        value = head.get(key)
        if not isinstance(value, str) or not value:
            faults.append(Fault("D01", key, "must be a text"))
    version = head.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        faults.append(Fault("D01", "version", "must be a whole number from 1"))
    return faults


class _NodeReader:
    """Reads one [[nodes]] table, noting what is wrong rather than stopping at it."""

    def __init__(self, row: Mapping[str, object], number: int) -> None:
        self._row = row
        self._name = str(row.get("id") or f"nodes[{number}]")
        self.faults: list[Fault] = []

    def fault(self, code: str, key: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self._name}.{key}", message))

    def read(self) -> FlowNode | None:
        for key in sorted(self._row.keys() - NODE_KEYS):
            self.fault("D01", key, "unknown key")
        kind = self._enum("kind", NodeKind, "D03")
        post = self._enum("post", Post, "D08")
        mode = self._enum("mode", Mode, "D10")
        units = self._units()
        place = self._enum("place", OpinionPlace, "D35") if "place" in self._row else None
        when = self._when()
        self._nobody()
        texts = {key: self._text(key) for key in ("id", "name", "next")}
        if kind is NodeKind.REGISTER:
            self._nothing_to_approve(mode)
        if self.faults or not (kind and post and mode and units):
            return None
        return FlowNode(
            **texts,
            kind=kind,
            post=post,
            units=units,
            mode=mode,
            when=when,
            condition=self._text("condition") if when else None,
            place=place,
            names_countersigners=self._row.get("names_countersigners") is True,
        )

    def _text(self, key: str) -> str:
        value = self._row.get(key)
        if isinstance(value, str) and value:
            return value
        self.fault("D01", key, "must be a text")
        return ""

    def _enum(self, key: str, kind: type[E], code: str) -> E | None:
        value = self._row.get(key)
        if key == "mode" and value == "auto":
            code = "D15"  # nobody would have approved
        try:
            return kind(str(value))
        except ValueError:
            known = ", ".join(member.value for member in kind)
            self.fault(code, key, f"{value!r} is none of: {known}")
            return None

    def _units(self) -> UnitRule | None:
        of, of_each = self._row.get("of"), self._row.get("of_each")
        if (of is None) == (of_each is None):
            self.fault("D09", "of", "give either `of` or `of_each`")
            return None
        if of_each is not None:
            return self._enum("of_each", NamedUnits, "D09")
        kinds = {_KIND_UNIT + kind: KindUnit(kind) for kind in _ONE_OF_A_KIND}
        if str(of) in kinds:
            return kinds[str(of)]
        return self._enum("of", FormUnit, "D09")

    def _when(self) -> condition.Condition | None:
        when = self._row.get("when")
        if when is None:
            if "of_each" in self._row:
                message = 'a list may be empty: say when = "nonempty(…)", nothing passes by itself'
                self.fault("D33", "when", message)
            return None
        if not self._row.get("condition"):
            self.fault("D01", "condition", "say `when` in people's words")
        try:
            return condition.parse(str(when))
        except condition.OutsideGrammar as error:
            self.fault("D06", "when", str(error))
        except condition.WrongField as error:
            self.fault("D07", "when", str(error))
        return None

    def _nobody(self) -> None:
        value = self._row.get("on_nobody")
        if value in {"pass", "skip", "agree"}:
            self.fault("D15", "on_nobody", "nothing is ever approved by nobody")
        elif value != "block":
            self.fault("D13", "on_nobody", 'must say "block": the administrator is asked')

    def _nothing_to_approve(self, mode: Mode | None) -> None:
        for key in APPROVE_ONLY:
            if key in self._row:
                code = {"place": "D35", "when": "D31"}.get(key, "D11")
                self.fault(code, key, "not at a register node")
        if mode is Mode.ALL:
            self.fault("D11", "mode", "one use of the seal closes a register node")


def _way(start: str, nodes: Mapping[str, FlowNode]) -> list[Fault]:
    """Every node is sound by itself: is the way through them?"""
    if start not in nodes:
        return [Fault("D02", "start", f"there is no node {start}")]
    way = list(flow.way_through(start, nodes))
    checks: tuple[Callable[[list[FlowNode], Mapping[str, FlowNode]], list[Fault]], ...] = (
        _arrives,
        _all_on_the_way,
        _gate,
        _countersigners_named_before,
    )
    return [fault for check in checks for fault in check(way, nodes)]


def _arrives(way: list[FlowNode], nodes: Mapping[str, FlowNode]) -> list[Fault]:
    last = way[-1]
    if last.next == END:
        return []
    if last.next in nodes:
        return [Fault("D21", f"{last.id}.next", f"leads back to {last.next}")]
    return [Fault("D04", f"{last.id}.next", f"there is no node {last.next}")]


def _all_on_the_way(way: list[FlowNode], nodes: Mapping[str, FlowNode]) -> list[Fault]:
    missed = [node for node in nodes.values() if node not in way]
    return [Fault("D20", node.id, "is never reached") for node in missed]


def _gate(way: list[FlowNode], nodes: Mapping[str, FlowNode]) -> list[Fault]:
    """The seal leaves the drawer once, last, and after two different posts have agreed."""
    gates = [node for node in way if node.kind is NodeKind.REGISTER]
    if len(gates) != 1:
        code = "D31" if not gates else "D30"
        return [Fault(code, "nodes", f"needs one register node on the way, has {len(gates)}")]
    gate = gates[0]
    before, after = way[: way.index(gate)], way[way.index(gate) + 1 :]
    faults = [
        Fault("D34", node.id, "nothing is approved after the seal was used") for node in after
    ]
    always = {(node.post, node.units) for node in before if node.when is None}
    if len(always) < LEAST_APPROVALS:
        message = f"needs {LEAST_APPROVALS} approvals by different posts that are never skipped"
        faults.append(Fault("D32", gate.id, message))
    return faults


def _countersigners_named_before(
    way: list[FlowNode], _nodes: Mapping[str, FlowNode]
) -> list[Fault]:
    faults = []
    named = False
    for node in way:
        if isinstance(node.units, NamedUnits) and not named:
            faults.append(Fault("D09", f"{node.id}.of_each", "no earlier node names them"))
        if node.names_countersigners and isinstance(node.units, NamedUnits):
            faults.append(Fault("D11", f"{node.id}.names_countersigners", "names itself"))
        named = named or node.names_countersigners
    return faults
