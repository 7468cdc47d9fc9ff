"""What must be refused in a flow, because it could misuse a seal or hang a request. Pure.

The codes are stable, and docs/first-flow.md explains each; a refused definition names every fault
it has, each with its place and line.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shared.contracts.people import Post, UnitKind
from workflow_svc import flow, reading
from workflow_svc.flow import (
    END,
    MOST_COUNTERSIGNERS,
    AfterReturn,
    BadFlow,
    CountersignRule,
    Cycle,
    Fault,
    Flow,
    FlowNode,
    KindUnit,
    NamedUnits,
    NodeKind,
)
from workflow_svc.form_parts import PARTS
from workflow_svc.lines import Lines
from workflow_svc.reading import NodeReader, TableReader

HEAD_KEYS = frozenset({"key", "version", "name", "matter", "start", "business_types", "units"})
LISTS = ("nodes", "countersign")
MOST_NODES = 60
LEAST_APPROVALS = 2

Seats = frozenset[tuple[object, object]]  # post and units of approvals, as many as are of interest


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Sound nodes, about to be looked at together."""

    start: str
    nodes: Mapping[str, FlowNode]
    rules: tuple[CountersignRule, ...]
    order: tuple[FlowNode, ...] = ()

    def ends(self, target: str) -> bool:
        node = self.nodes.get(target)
        return node.kind is NodeKind.END if node else target == END

    @property
    def gates(self) -> list[FlowNode]:
        return [node for node in self.order if node.kind is NodeKind.REGISTER]


def parse(text: str) -> Flow:
    """The flow that the text defines. Raises: BadFlow with every fault found."""
    read, faults = examine(text)
    if read is None or faults:
        raise BadFlow(faults)
    return read


def kept(text: str) -> Flow:
    """A flow that was published once. Its requests go on by the rules that were verified then: one
    that came later holds for what is published later. Raises: BadFlow when it cannot be run.
    """
    read, faults = examine(text)
    if read is None:
        raise BadFlow(faults)
    return read


def examine(text: str) -> tuple[Flow | None, tuple[Fault, ...]]:
    """Returns: the flow when it could be run, and everything that is wrong with it."""
    lines = Lines(text)
    try:
        head, lists = flow.tables(text)
    except tomllib.TOMLDecodeError as error:
        return None, (Fault("D00", "file", str(error), lines.of_syntax_error(str(error))),)
    reader = TableReader(head, (), lines, name="")
    _head(reader, lists)
    nodes, faults = _nodes(lists.get("nodes", []), lines)
    rules, more = _rules(lists.get("countersign", []), lines)
    types = reading.business_types(reader)
    units = reader.texts("units", "D16") if "units" in head else ()
    faults = [*reader.faults, *faults, *more]
    order: tuple[FlowNode, ...] = ()
    if all(fault.code in reading.JUDGEMENTS for fault in faults):
        order, more = _drawn(_Drawn(str(head.get("start")), nodes, rules), lines)
        faults += more
    if not order:
        return None, tuple(faults)
    read = Flow(
        key=str(head["key"]),
        version=int(str(head["version"])),
        name=str(head["name"]),
        matter=str(head["matter"]),
        nodes=order,
        business_types=types,
        units=units,
        rules=rules,
    )
    return read, tuple(faults)


def verify(text: str) -> tuple[Fault, ...]:
    """Everything that is wrong with a definition; empty when it may be published."""
    _, faults = examine(text)
    return faults


def _head(reader: TableReader, lists: Mapping[str, object]) -> None:
    reader.only(HEAD_KEYS)
    for key in ("key", "name", "matter", "start"):
        reader.text(key)
    version = reader.table.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        reader.fault("D01", "version", "must be a whole number from 1")
    for name in sorted(lists.keys() - set(LISTS)):
        reader.fault("D01", name, "unknown list")
    if "nodes" not in lists:
        reader.fault("D01", "nodes", "a flow needs a list of [[nodes]]")


def _nodes(
    rows: list[Mapping[str, object]], lines: Lines
) -> tuple[dict[str, FlowNode], list[Fault]]:
    nodes: dict[str, FlowNode] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows):
        reader = NodeReader(row, number, lines)
        node = reader.read()
        if row.get("id") in nodes:
            reader.fault("D01", "id", f"{row['id']} is defined twice")
        faults += reader.faults
        if node is not None:
            nodes[node.id] = node
    if len(rows) > MOST_NODES:
        faults.append(Fault("D01", "nodes", f"at most {MOST_NODES} nodes"))
    return nodes, faults


def _rules(
    rows: list[Mapping[str, object]], lines: Lines
) -> tuple[tuple[CountersignRule, ...], list[Fault]]:
    rules, faults = [], list[Fault]()
    for number, row in enumerate(rows):
        rule, wrong = reading.rule(row, number, lines)
        faults += wrong
        if rule is not None:
            rules.append(rule)
    if len({code for rule in rules for code in rule.units}) > MOST_COUNTERSIGNERS:
        message = f"at most {MOST_COUNTERSIGNERS} departments in all"
        faults.append(Fault("D09", "countersign", message, lines.of("countersign", 0)))
    return tuple(rules), faults


def _drawn(drawn: _Drawn, lines: Lines) -> tuple[tuple[FlowNode, ...], list[Fault]]:
    """The nodes in order when the ways through them are sound, and what is wrong with them."""
    where = {node_id: number for number, node_id in enumerate(drawn.nodes)}

    def placed(code: str, node: str, key: str, message: str) -> Fault:
        line = lines.of("nodes", where[node], key) if node in where else lines.of(key)
        return Fault(code, f"{node}.{key}" if key and node else node or key, message, line)

    found = [placed(*fault) for fault in _joints(drawn)]
    if found:
        return (), found
    try:
        order = flow.in_order(drawn.start, drawn.nodes)
    except Cycle as cycle:
        return (), [placed("D21", cycle.node, "next", f"leads back to {cycle.target}")]
    drawn = _Drawn(drawn.start, drawn.nodes, drawn.rules, order)
    checks: tuple[Callable[[_Drawn], Iterator[_Found]], ...] = (
        _all_reached,
        _gate,
        _two_approvals,
        _nothing_after_the_gate,
        _one_agreement_a_cell,
        _countersigners_named_before,
        _chosen_by_someone,
        _corrections_are_seen_by_two,
    )
    return order, [placed(*fault) for check in checks for fault in check(drawn)]


_Found = tuple[str, str, str, str]  # code, node, key, message


def _joints(drawn: _Drawn) -> Iterator[_Found]:
    start = drawn.nodes.get(drawn.start)
    if start is None or start.kind is not NodeKind.APPROVE or start.when is not None:
        yield "D02", "", "start", f"{drawn.start} is no node that always asks someone to approve"
    ends = [node.id for node in drawn.nodes.values() if node.kind is NodeKind.END]
    for more in ends[1:]:
        yield "D22", more, "kind", f"the flow ends at {ends[0]} already"
    for node in drawn.nodes.values():
        for target in node.targets:
            if target in drawn.nodes or (target == END and not ends):
                continue
            yield "D04", node.id, "next", f"there is no node {target}"


def _all_reached(drawn: _Drawn) -> Iterator[_Found]:
    reached = {node.id for node in drawn.order}
    for node in drawn.nodes.values():
        if node.id not in reached:
            yield "D20", node.id, "id", "is never reached"


def _gate(drawn: _Drawn) -> Iterator[_Found]:
    """The seal leaves the drawer once, on every way."""
    gates = drawn.gates
    if not gates:
        yield "D31", "", "nodes", "no way leads to a register node"
    for gate in gates[1:]:
        yield "D30", gate.id, "kind", f"the seal is used at {gates[0].id} already"
    for gate in gates:
        if (gate.post, gate.units) != (Post.SEAL_KEEPER, KindUnit(UnitKind.SEAL_OFFICE)):
            yield "D37", gate.id, "of", "the seal is in the hands of the seal office's keepers"
    if len(gates) == 1:
        for node in _before(drawn, gates[0].id):
            if any(drawn.ends(target) for target in node.targets):
                yield "D31", node.id, "next", f"a way ends here without {gates[0].id}"


def _before(drawn: _Drawn, gate: str) -> list[FlowNode]:
    """The nodes that can be come to without passing the gate."""
    without = {key: node for key, node in drawn.nodes.items() if key != gate}
    reached = flow.reachable(without, (drawn.start,)) - {gate}
    return [node for node in drawn.order if node.id in reached]


def _two_approvals(drawn: _Drawn) -> Iterator[_Found]:
    """On any way to the gate at least two posts approve; four eyes make them two people."""
    for gate in drawn.gates[:1]:
        if any(len(seats) < LEAST_APPROVALS for seats in _seats(drawn, drawn.start)[gate.id]):
            message = f"a way here has fewer than {LEAST_APPROVALS} approvals by different posts"
            yield "D32", gate.id, "kind", message


def _seats(drawn: _Drawn, start: str) -> dict[str, set[Seats]]:
    """For each node from `start` on: the approvals that the ways to it are sure of.

    Two say enough, so that the number of ways does not matter.
    """
    arriving: dict[str, set[Seats]] = {node.id: set() for node in drawn.order}
    arriving[start] = {frozenset()}
    for node in drawn.order:
        leaving = arriving[node.id]
        if node.kind is NodeKind.APPROVE and node.when is None:
            seat = (node.post, node.units)
            leaving = {s if len(s) >= LEAST_APPROVALS else s | {seat} for s in leaving}
        for target in node.targets:
            arriving.setdefault(target, set()).update(leaving)
    return arriving


def _nothing_after_the_gate(drawn: _Drawn) -> Iterator[_Found]:
    nodes = dict(drawn.nodes)
    for gate in drawn.gates[:1]:
        for node in drawn.order:
            after = node.id in flow.reachable(nodes, gate.targets)
            if after and node.kind is NodeKind.APPROVE:
                yield "D34", node.id, "kind", "nothing is approved after the seal was used"


def _one_agreement_a_cell(drawn: _Drawn) -> Iterator[_Found]:
    """A second seal in a cell that bears one would be refused, with an alarm."""
    nodes = dict(drawn.nodes)
    for node in drawn.order:
        later = flow.reachable(nodes, node.targets)
        for other in drawn.order:
            if node.place and other.id in later and other.place is node.place:
                yield "D35", other.id, "place", f"{node.id} has sealed there already"


def _countersigners_named_before(drawn: _Drawn) -> Iterator[_Found]:
    nodes = dict(drawn.nodes)
    asking = [n for n in drawn.order if n.units is NamedUnits.COUNTERSIGNERS]
    naming = [n for n in drawn.order if n.names_countersigners]
    for node in asking:
        before = [n for n in naming if node.id in flow.reachable(nodes, n.targets)]
        if not before and not drawn.rules:
            yield "D09", node.id, "of_each", "no earlier node and no rule names them"
        if node.names_countersigners:
            yield "D11", node.id, "names_countersigners", "names itself"
    if (naming or drawn.rules) and not asking:
        where = naming[0].id if naming else ""
        key = "names_countersigners" if naming else "countersign"
        yield "D09", where, key, "no node asks those who are named"
    for node in dict.fromkeys([*naming, *(drawn.order[:1] if drawn.rules else ())]):
        for missed in _ways_past(drawn, node, asking):
            yield "D09", missed, "next", "a way from here passes by the departments that are named"


def _ways_past(drawn: _Drawn, node: FlowNode, asking: list[FlowNode]) -> Iterator[str]:
    """Where a way from `node` to the gate asks none of `asking`."""
    skipped = {key: n for key, n in drawn.nodes.items() if n not in asking}
    open_ways = flow.reachable(skipped, node.targets)
    for gate in drawn.gates[:1]:
        if asking and gate.id in open_ways:
            yield node.id


def _chosen_by_someone(drawn: _Drawn) -> Iterator[_Found]:
    if drawn.nodes[drawn.start].chosen_by_previous:
        yield "D09", drawn.start, "chosen_by_previous", "nobody acts before the first node"


def _corrections_are_seen_by_two(drawn: _Drawn) -> Iterator[_Found]:
    """What earlier nodes do not approve may change on the way straight back: two must see it."""
    nodes = dict(drawn.nodes)
    for node in drawn.order:
        if node.after_return is not AfterReturn.STRAIGHT_BACK:
            continue
        earlier = [n for n in drawn.order if node.id in flow.reachable(nodes, n.targets)]
        partial = any(n.kind is NodeKind.APPROVE and n.approves != PARTS for n in earlier)
        for gate in drawn.gates[:1]:
            alone = any(len(s) < LEAST_APPROVALS for s in _seats(drawn, node.id)[gate.id])
            if partial and alone:
                message = "what was corrected would be seen by one approver only"
                yield "D36", node.id, "after_return", message
