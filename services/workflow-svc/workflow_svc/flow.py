"""A flow: which nodes a request passes, who acts at each, and what an agreement there does.

Flows are data (`flows/*.toml`, docs/first-flow.md). A definition is read whole or refused with
everything that is wrong with it (`reading.py` looks at each node, `verify.py` at the ways through).
A published version never changes; a request keeps the version that it started with for life.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from shared.contracts.people import BusinessType, Post, UnitKind
from shared.contracts.workflow import OpinionPlace
from workflow_svc.condition import COUNTERSIGNERS, Condition
from workflow_svc.form_parts import PARTS
from workflow_svc.working_time import Span

END = "end"  # the `next` of the last node, where no node of kind `end` is declared
MOST_COUNTERSIGNERS = 30  # more is a mistake rather than a consultation


class NodeKind(StrEnum):
    APPROVE = "approve"
    CHOICE = "choice"  # goes one way or another, by the form
    REGISTER = "register"  # closed by a fact from elsewhere: the seal was used on site
    COPY = "copy"  # 知会: tells people and goes on
    END = "end"


HUMAN = frozenset({NodeKind.APPROVE, NodeKind.REGISTER})


class Mode(StrEnum):
    """How many of a unit's people must agree. Of several units, each must."""

    ANY = "any"  # 或签: one of them
    ALL = "all"  # 会签: every one of them
    SEQ = "seq"  # 依次: every one of them, one after another; of several units, unit after unit


class May(StrEnum):
    """What may be done at a node besides agreeing."""

    RETURN = "return"  # 退回
    HAND_OVER = "hand_over"  # 更换节点审批人员
    ADD_SIGNER = "add_signer"  # 加签


class AfterReturn(StrEnum):
    START_OVER = "start_over"
    STRAIGHT_BACK = "straight_back"  # where nothing that earlier nodes approved has changed


class FormUnit(StrEnum):
    """A unit that the applicant chose on the form."""

    UNIT = "form.unit"
    APPROVING_DEPARTMENT = "form.approving_department"


class Somewhere(StrEnum):
    ANYWHERE = "anywhere"  # whoever holds the post, in whichever unit
    PREVIOUS = "previous.unit"  # where the one who acted last acted; at first the applying unit


class NamedUnits(StrEnum):
    """Each of the units that the flow's rules or an earlier node named."""

    COUNTERSIGNERS = COUNTERSIGNERS


@dataclass(frozen=True, slots=True)
class KindUnit:
    """The one unit of a kind."""

    kind: UnitKind


@dataclass(frozen=True, slots=True)
class CodeUnits:
    """Units by their code: one (`of`), or each of a list (`of_each`)."""

    codes: tuple[str, ...]
    one: bool = False


UnitRule = FormUnit | KindUnit | NamedUnits | CodeUnits | Somewhere


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a choice. `condition` is `when` in people's words."""

    when: Condition
    condition: str
    next: str


@dataclass(frozen=True, slots=True)
class FlowNode:
    """`post` in the unit or units of `units` acts here; skipped when `when` does not hold.

    `place`: the opinion cell that an agreement fills and seals with the acting unit's seal.
    `names_countersigners`: whoever agrees here may ask departments to countersign.
    `chosen_by_previous`: whoever agreed before chooses who of those entitled acts here.
    `approves`: the parts of the form that an agreement here is about.
    `next` of a choice is its else.
    """

    id: str
    name: str
    kind: NodeKind
    next: str
    post: Post | None = None
    units: UnitRule | None = None
    mode: Mode = Mode.ANY
    when: Condition | None = None
    condition: str | None = None
    cases: tuple[Case, ...] = ()
    place: OpinionPlace | None = None
    names_countersigners: bool = False
    chosen_by_previous: bool = False
    opinion_required: bool = False
    may: frozenset[May] = frozenset({May.RETURN})
    deadline: Span | None = None
    escalate_after: Span | None = None
    after_return: AfterReturn = AfterReturn.START_OVER
    approves: frozenset[str] = PARTS

    @property
    def of_each(self) -> bool:
        """Whether each of a list of units is asked, however long the list."""
        if isinstance(self.units, CodeUnits):
            return not self.units.one
        return isinstance(self.units, NamedUnits)

    @property
    def is_human(self) -> bool:
        return self.kind in HUMAN

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it can go on to, each once."""
        if self.kind is NodeKind.END:
            return ()
        return tuple(dict.fromkeys([*(case.next for case in self.cases), self.next]))


@dataclass(frozen=True, slots=True)
class CountersignRule:
    """Departments that countersign whenever `when` holds, whoever else is named."""

    when: Condition
    condition: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A verified definition; `nodes` in an order in which every way goes forward only.

    `business_types` and `units` (codes): which requests it is for; empty means all.
    """

    key: str
    version: int
    name: str
    matter: str
    nodes: tuple[FlowNode, ...]
    business_types: tuple[BusinessType, ...] = ()
    units: tuple[str, ...] = ()
    rules: tuple[CountersignRule, ...] = ()

    @property
    def start(self) -> FlowNode:
        return self.nodes[0]

    def node(self, node_id: str) -> FlowNode:
        """Raises: KeyError when the flow has no such node."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def is_for(self, business_type: BusinessType, unit_code: str | None) -> bool:
        """Whether a request of this type by this unit may run on it."""
        of_type = not self.business_types or business_type in self.business_types
        return of_type and (not self.units or unit_code in self.units)

    def is_end(self, node_id: str) -> bool:
        found = [node for node in self.nodes if node.id == node_id]
        return found[0].kind is NodeKind.END if found else node_id == END

    def ahead(self, node_id: str) -> tuple[FlowNode, ...]:
        """The nodes that can come after this one."""
        reached = reachable({node.id: node for node in self.nodes}, self.node(node_id).targets)
        return tuple(node for node in self.nodes if node.id in reached)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a definition is refused. `code` is stable; `place` is node and key, `line` of the file
    counts from 1."""

    code: str
    place: str
    message: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.code} line {self.line}, {self.place}: {self.message}"


class BadFlow(ValueError):
    """A definition that must not be published."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def digest(text: str) -> str:
    """What a published version is held to: SHA-256 of its text, lower-case hex."""
    return sha256(text.encode()).hexdigest()


def reachable(nodes: Mapping[str, FlowNode], start: tuple[str, ...]) -> set[str]:
    """Ids that can be come to from `start`, these included, END too; unknown ids lead nowhere."""
    found: set[str] = set()
    to_visit = list(start)
    while to_visit:
        here = to_visit.pop()
        if here not in found:
            found.add(here)
            to_visit += nodes[here].targets if here in nodes else ()
    return found


def in_order(start: str, nodes: Mapping[str, FlowNode]) -> tuple[FlowNode, ...]:
    """The nodes that are reached from `start`, each before those it leads to.

    Raises: Cycle when a way leads back.
    """
    done: list[FlowNode] = []
    state: dict[str, bool] = {}  # whether a node is finished; absent: not yet seen

    def visit(node: FlowNode) -> None:
        state[node.id] = False
        for target in reversed(node.targets):
            if target not in nodes:
                continue
            if target not in state:
                visit(nodes[target])
            elif not state[target]:
                raise Cycle(node.id, target)
        state[node.id] = True
        done.append(node)

    visit(nodes[start])
    return tuple(reversed(done))


class Cycle(ValueError):
    """A way leads from `node` back to `target`."""

    def __init__(self, node: str, target: str) -> None:
        super().__init__(f"{node} leads back to {target}")
        self.node = node
        self.target = target


def tables(text: str) -> tuple[Mapping[str, object], dict[str, list[Mapping[str, object]]]]:
    """The head of a definition's text, and its lists of tables (`nodes`, `countersign`) by name.

    Raises: tomllib.TOMLDecodeError.
    """
    head = tomllib.loads(text)
    lists = {name: value for name, value in head.items() if is_tables(value)}
    return {k: v for k, v in head.items() if k not in lists}, lists


def is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def conditions(node: FlowNode) -> Iterator[Condition]:
    """What the way through the node depends on."""
    if node.when is not None:
        yield node.when
    for case in node.cases:
        yield case.when
