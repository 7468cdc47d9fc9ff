"""The HTTP side: decisions, the record, what the initiator can do; the lists: list_routes.py."""

from uuid import UUID

from fastapi import APIRouter

from shared import operations
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Node
from shared.web import CurrentUser, IdempotencyKey, Tx
from workflow_svc import (
    actions,
    assigning_routes,
    attachment_routes,
    definition_routes,
    delegation_routes,
    flow_routes,
    proof_routes,
    queries,
    sharing_routes,
)
from workflow_svc.batch_routes import batches
from workflow_svc.directory_routes import directory
from workflow_svc.list_routes import lists
from workflow_svc.models import CandidateRow, LogRow, TaskRow
from workflow_svc.opinion_routes import saved_opinions
from workflow_svc.statistics_routes import figures
from workflow_svc.views import (
    AddedSigner,
    DecisionBody,
    DecisionView,
    HeldPostView,
    MeView,
    RecordItem,
    RecordView,
    TaskView,
    UrgeBody,
    UrgeView,
    WithdrawalView,
)
from workflow_svc.void_routes import voids

router = APIRouter()
router.include_router(operations.router)
router.include_router(lists)
router.include_router(batches)
router.include_router(saved_opinions)
router.include_router(directory)
router.include_router(voids)
router.include_router(attachment_routes.router)
router.include_router(flow_routes.router)
router.include_router(proof_routes.router)
router.include_router(assigning_routes.router)
router.include_router(sharing_routes.router)
router.include_router(delegation_routes.router)
router.include_router(definition_routes.router)
router.include_router(figures)


@router.get("/tasks/{task_id}")
async def read_task(task_id: UUID, user: CurrentUser, tx: Tx) -> TaskView:
    seen = await queries.task(tx, task_id, user.id)
    task, instance = seen.task, seen.instance
    return TaskView(
        task_id=task.id,
        request_id=task.request_id,
        revision=task.revision,
        kind=seen.kind,
        node=Node(id=task.node, name=task.node_name),
        unit=Unit(id=task.unit_id, name=task.unit_name),
        state=seen.state,
        urged=task.urged_at is not None,
        arrived_at=task.opened_at,
        title=instance.title,
        tracking_number=instance.tracking_number,
        initiator=Person(id=instance.initiator_id, name=instance.initiator_name),
        form=seen.form,
        seals_with=seen.seals_with,
        may_name_countersigners=seen.countersign_choices is not None,
        countersign_choices=list(seen.countersign_choices or ()),
        may=seen.may,
        opinion_required=seen.opinion_required,
        due_at=task.due_at,
        on_behalf_of=seen.on_behalf_of,
        added_by=task.added_by_name,
        signers=[_added(task, signer) for task, signer in seen.signers],
    )


@router.post("/tasks/{task_id}/decision", status_code=201)
async def decide_task(
    task_id: UUID,
    body: DecisionBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> DecisionView:
    answer = await actions.decide(
        tx,
        task_id,
        by=user,
        verdict=body.verdict,
        opinion=body.opinion,
        countersign_unit_ids=body.countersign_unit_ids,
        chosen=body.chosen,
        attachment_ids=body.attachment_ids,
        key=idempotency_key,
    )
    return DecisionView.model_validate(answer)


@router.get("/requests/{request_id}/record")
async def read_record(request_id: UUID, user: CurrentUser, tx: Tx) -> RecordView:
    await queries.require_reader(tx, request_id, user.id)
    written = [_written(row) for row in await queries.log(tx, request_id)]
    waiting = [_waits(task, names) for task, names in await queries.waiting(tx, request_id)]
    return RecordView(items=written + waiting)


@router.post("/requests/{request_id}/withdrawal", status_code=201)
async def withdraw_request(
    request_id: UUID, user: CurrentUser, tx: Tx, idempotency_key: IdempotencyKey = None
) -> WithdrawalView:
    answer = await actions.withdraw(tx, request_id, by=user, key=idempotency_key)
    return WithdrawalView.model_validate(answer)


@router.post("/requests/{request_id}/urges", status_code=201)
async def urge_nodes(
    request_id: UUID,
    body: UrgeBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> UrgeView:
    answer = await actions.urge(tx, request_id, by=user, nodes=body.nodes, key=idempotency_key)
    return UrgeView.model_validate(answer)


@router.get("/me")
async def read_me(user: CurrentUser, tx: Tx) -> MeView:
    row, posts = await queries.person(tx, user.id)
    held = [HeldPostView(unit=unit, post=post) for unit, post in posts]
    roles = sorted({post for _, post in posts})
    return MeView(id=row.id, name=row.name, login=row.login, posts=held, roles=roles)


def _added(task: TaskRow, signer: CandidateRow) -> AddedSigner:
    return AddedSigner(
        task_id=task.id,
        person=Person(id=signer.person_id, name=signer.person_name),
        node=Node(id=task.node, name=task.node_name),
    )


def _written(row: LogRow) -> RecordItem:
    node = None if row.node is None else Node(id=row.node, name=row.node_name or row.node)
    return RecordItem.model_validate(
        {
            "kind": row.kind,
            "revision": row.revision,
            "node": node,
            "unit_name": row.unit_name,
            "people": [row.actor_name] if row.actor_name else [],
            "detail": row.detail,
            "attachments": row.detail.get("attachments", []),
            "verdict": row.verdict,
            "opinion": row.opinion,
            "arrived_at": row.arrived_at or row.at,
            "ended_at": row.at,
        }
    )


def _waits(task: TaskRow, names: list[str]) -> RecordItem:
    return RecordItem(
        kind="waiting",
        revision=task.revision,
        node=Node(id=task.node, name=task.node_name),
        unit_name=task.unit_name,
        people=names,
        verdict=None,
        opinion=None,
        arrived_at=task.opened_at,
        ended_at=None,
    )
