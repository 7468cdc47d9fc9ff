"""A flow: which nodes a request passes, who acts at each, and what an agreement there does.

Flows are data (`flows/*.toml`). A definition is read whole or refused with everything that is wrong
with it (`verify.py` looks at the way through, this module at each node). A published version never
changes; a request keeps the version that it started with for life.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from shared.contracts.people import Post, UnitKind
from shared.contracts.workflow import OpinionPlace
from workflow_svc.condition import COUNTERSIGNERS, Condition

END = "end"  # the `next` of the last node


class NodeKind(StrEnum):
    APPROVE = "approve"
    REGISTER = "register"  # closed by a fact from elsewhere: the seal was used on site


class Mode(StrEnum):
    """How many of a unit's people must agree. Of several units, each must."""

    ANY = "any"  # 或签: one of them
    ALL = "all"  # 会签: every one of them


class FormUnit(StrEnum):
    """A unit that the applicant chose on the form."""

    UNIT = "form.unit"
    APPROVING_DEPARTMENT = "form.approving_department"


@dataclass(frozen=True, slots=True)
class KindUnit:
    """The one unit of a kind."""

    kind: UnitKind


class NamedUnits(StrEnum):
    """Each of the units that an earlier node named."""

    COUNTERSIGNERS = COUNTERSIGNERS


UnitRule = FormUnit | KindUnit | NamedUnits


@dataclass(frozen=True, slots=True)
class FlowNode:
    """`post` in the unit or units of `units` acts here; skipped when `when` does not hold.

    `place`: the opinion cell that an agreement fills and seals. `names_countersigners`: whoever
    agrees here may ask departments to countersign. `condition` is `when` in people's words.
    """

    id: str
    name: str
    kind: NodeKind
    post: Post
    units: UnitRule
    mode: Mode
    next: str
    when: Condition | None = None
    condition: str | None = None
    place: OpinionPlace | None = None
    names_countersigners: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A verified definition; `nodes` in the order of the way through."""

    key: str
    version: int
    name: str
    matter: str
    nodes: tuple[FlowNode, ...]

    @property
    def start(self) -> FlowNode:
        return self.nodes[0]

    def node(self, node_id: str) -> FlowNode:
        """Raises: KeyError when the flow has no such node."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def from_(self, node_id: str) -> tuple[FlowNode, ...]:
        """The nodes from this one on, itself included."""
        return self.nodes[self.nodes.index(self.node(node_id)) :]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a definition is refused. `code` is stable, `place` is node and key."""

    code: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.place}: {self.message}"


class BadFlow(ValueError):
    """A definition that must not be published."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def digest(text: str) -> str:
    """What a published version is held to: SHA-256 of its text, lower-case hex."""
    return sha256(text.encode()).hexdigest()


def tables(text: str) -> tuple[Mapping[str, object], tuple[Mapping[str, object], ...]]:
    """The head and the nodes of a definition's text.

    Raises: BadFlow when it is not TOML or `nodes` is not a list of tables.
    """
    try:
        head = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFlow((Fault("D00", "file", str(error)),)) from error
    nodes = head.pop("nodes", [])
    if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
        raise BadFlow((Fault("D01", "nodes", "must be a list of [[nodes]]"),))
    return head, tuple(nodes)


def way_through(start: str, nodes: Mapping[str, FlowNode]) -> Iterator[FlowNode]:
    """The nodes in order from `start`; ends at END, at an unknown id, or on coming round again."""
    seen: set[str] = set()
    current = start
    while current in nodes and current not in seen:
        seen.add(current)
        yield nodes[current]
        current = nodes[current].next
