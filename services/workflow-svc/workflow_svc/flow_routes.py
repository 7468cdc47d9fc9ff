"""办理流程: the way a request would go, and where one stands."""

from uuid import UUID

from fastapi import APIRouter

from shared.contracts.people import BusinessType
from shared.web import CurrentUser, Tx
from workflow_svc import published, queries, store
from workflow_svc.flow_views import FlowEdgeView, FlowView, StandingNode, StandingView
from workflow_svc.picture import picture

MATTER = "seal-use"  # the one matter whose requests come here

router = APIRouter()


@router.get("/requests/{request_id}/flow")
async def read_request_flow(request_id: UUID, user: CurrentUser, tx: Tx) -> StandingView:
    await queries.require_reader(tx, request_id, user.id)
    held = await store.look(tx, request_id)
    nodes = [
        StandingNode(
            id=node.id, name=node.name, state=standing, kind=node.kind, condition=node.condition
        )
        for node, standing in picture(held.flow, held.state)
    ]
    return StandingView(
        flow=held.flow.key,
        version=held.flow.version,
        nodes=nodes,
        edges=FlowEdgeView.all_of(held.flow),
    )


@router.get("/flows/{business_type}")
async def read_flow(
    business_type: BusinessType, _user: CurrentUser, tx: Tx, unit_id: UUID | None = None
) -> FlowView:
    """The way a new request of this type would go, of this unit if given."""
    code = await queries.unit_code(tx, unit_id)
    return FlowView.of(await published.most_specific(tx, MATTER, business_type, code))
