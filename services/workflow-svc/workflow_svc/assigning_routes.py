"""更换节点审批人员, 加签, 减签; and the people to choose from."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from shared.contracts.people import Post
from shared.contracts.workflow import Node
from shared.web import CurrentUser, IdempotencyKey, Tx
from workflow_svc import assigning, errors, people, successors
from workflow_svc.assigning_views import (
    ChoiceBody,
    ChoicesView,
    ChosenView,
    ComingNode,
    FoundPeople,
    FoundPerson,
    HandOverBody,
    InChargeBody,
    ReassignedView,
    SignerBody,
    SignerView,
)

router = APIRouter()


@router.get("/tasks/{task_id}/choices")
async def read_choices(task_id: UUID, user: CurrentUser, tx: Tx) -> ChoicesView:
    """选择节点: to whom one's task may be handed over, and who may act at coming nodes."""
    found = await successors.of_task(tx, task_id, user.id)
    coming = [
        ComingNode(
            node=Node(id=each.node.id, name=each.node.name),
            choices=list(each.choices),
            chosen=list(each.chosen),
            must=each.must,
        )
        for each in found.coming
    ]
    return ChoicesView(successors=list(found.successors), coming=coming)


@router.post("/tasks/{task_id}/handover", status_code=201)
async def hand_over_task(
    task_id: UUID,
    body: HandOverBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> ReassignedView:
    answer = await assigning.hand_over(
        tx, task_id, by=user, to=body.to, reason=body.reason, key=idempotency_key
    )
    return ReassignedView.model_validate(answer)


@router.post("/tasks/{task_id}/charge", status_code=201)
async def put_in_charge(
    task_id: UUID,
    body: InChargeBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> ReassignedView:
    """An administrator puts someone else in charge; they never decide themselves."""
    if not await people.holds(tx, user.id, frozenset({Post.ADMINISTRATOR})):
        raise errors.AdministratorsOnly
    answer = await assigning.put_in_charge(
        tx, task_id, by=user, to=body.to, reason=body.reason, key=idempotency_key
    )
    return ReassignedView.model_validate(answer)


@router.post("/tasks/{task_id}/choices", status_code=201)
async def choose_people(
    task_id: UUID,
    body: ChoiceBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> ChosenView:
    """Who shall act at a coming node, of those entitled there."""
    answer = await assigning.choose(
        tx, task_id, by=user, node=body.node, person_ids=body.people, key=idempotency_key
    )
    return ChosenView.model_validate(answer)


@router.post("/tasks/{task_id}/signers", status_code=201)
async def add_signer(
    task_id: UUID,
    body: SignerBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> SignerView:
    """加签."""
    answer = await assigning.add_signer(
        tx, task_id, by=user, signer=body.person_id, turn=body.turn, key=idempotency_key
    )
    return SignerView.model_validate(answer)


@router.delete("/signers/{task_id}")
async def remove_signer(
    task_id: UUID, user: CurrentUser, tx: Tx, idempotency_key: IdempotencyKey = None
) -> SignerView:
    """减签, by who added the signer; `task_id` is the signer's task."""
    answer = await assigning.remove_signer(tx, task_id, by=user, key=idempotency_key)
    return SignerView.model_validate(answer)


@router.get("/people")
async def search_people(
    _user: CurrentUser,
    tx: Tx,
    query: Annotated[str, Query(min_length=1, max_length=50)],
) -> FoundPeople:
    """Active people by name or the beginning of their login, at most 20."""
    found = await people.search(tx, query.strip())
    return FoundPeople(
        items=[
            FoundPerson(id=each.person.id, name=each.person.name, units=list(each.units))
            for each in found
        ]
    )
