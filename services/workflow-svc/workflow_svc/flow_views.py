"""What the API says of flows: the picture, definitions, faults."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.people import BusinessType, Post
from workflow_svc.flow import Fault, Flow, FlowNode, Mode, NodeKind
from workflow_svc.picture import Edge, Standing, edges


class FlowNodeView(BaseModel):
    """`condition`: when the node is asked, in people's words; None: always. `deadline`: working
    time such as 2d or 8h."""

    id: str
    name: str
    condition: str | None
    kind: NodeKind
    post: Post | None
    mode: Mode | None
    deadline: str | None
    seals: bool

    @classmethod
    def of(cls, node: FlowNode) -> Self:
        return cls(
            id=node.id,
            name=node.name,
            condition=node.condition,
            kind=node.kind,
            post=node.post,
            mode=node.mode if node.kind is NodeKind.APPROVE else None,
            deadline=None if node.deadline is None else str(node.deadline),
            seals=node.place is not None,
        )


class FlowEdgeView(BaseModel):
    """`condition`: when it goes this way; None: otherwise, or always."""

    source: str
    target: str
    condition: str | None

    @classmethod
    def all_of(cls, flow: Flow) -> "list[FlowEdgeView]":
        return [_edge(edge) for edge in edges(flow)]


def _edge(edge: Edge) -> FlowEdgeView:
    return FlowEdgeView(source=edge.source, target=edge.target, condition=edge.condition)


class FlowView(BaseModel):
    key: str
    version: int
    name: str
    nodes: list[FlowNodeView]
    edges: list[FlowEdgeView]

    @classmethod
    def of(cls, flow: Flow) -> Self:
        return cls(
            key=flow.key,
            version=flow.version,
            name=flow.name,
            nodes=[FlowNodeView.of(node) for node in flow.nodes],
            edges=FlowEdgeView.all_of(flow),
        )


class StandingNode(BaseModel):
    id: str
    name: str
    state: Standing
    kind: NodeKind
    condition: str | None


class StandingView(BaseModel):
    flow: str
    version: int
    nodes: list[StandingNode]
    edges: list[FlowEdgeView]


class FaultView(BaseModel):
    """`line` of the definition's text, from 1."""

    code: str
    place: str
    line: int
    message: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        return cls(code=fault.code, place=fault.place, line=fault.line, message=fault.message)


class DefinitionState(StrEnum):
    DRAFT = "draft"
    VERIFIED = "verified"
    PUBLISHED = "published"
    RETIRED = "retired"


class DefinitionListed(BaseModel):
    """`by`: who published it, or saved the draft last; None: it came with the product."""

    key: str
    version: int
    name: str
    matter: str
    state: DefinitionState
    business_types: list[BusinessType]
    units: list[str]
    by: str | None
    at: datetime
    retired_at: datetime | None


class DefinitionList(BaseModel):
    items: list[DefinitionListed]


class DefinitionView(DefinitionListed):
    """`text` is the TOML; `flow` its picture, when it could be run; `faults` what is wrong with it.

    A published one may break rules that came later; its requests go on by those of its day.
    """

    text: str
    flow: FlowView | None
    faults: list[FaultView]


class VerificationView(BaseModel):
    """`warnings` do not keep it from being published: seats that are empty today."""

    faults: list[FaultView]
    warnings: list[FaultView]
    flow: FlowView | None


class TextBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=60_000)
