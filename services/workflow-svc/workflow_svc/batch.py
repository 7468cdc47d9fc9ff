"""Batch 同意: several tasks of one node with one opinion.

Each is decided in a transaction of its own, so that one refusal undoes nothing else, and each has
an answer of its own. With a key the whole may be sent again: what was agreed is answered the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from shared.contracts.workflow import Verdict
from shared.errors import Refusal
from shared.identity import User
from shared.service import Runtime
from shared.transaction import Transaction
from workflow_svc import actions
from workflow_svc.errors import NotOneNode
from workflow_svc.models import CandidateRow, TaskRow


@dataclass(frozen=True)
class Result:
    """`refusal`: why the task was not decided; None: it was."""

    task_id: UUID
    refusal: Refusal | None
    request_status: str | None


async def agree(
    runtime: Runtime, task_ids: Sequence[UUID], *, by: User, opinion: str, key: str | None
) -> list[Result]:
    """In the order given, each task once. Raises: NotOneNode, and nothing is decided then."""
    wanted = list(dict.fromkeys(task_ids))
    async with runtime.transaction() as tx:
        await _require_one_node(tx, wanted, by)
    return [
        await _agree(runtime, task_id, by, opinion, _key_of(key, task_id)) for task_id in wanted
    ]


async def _require_one_node(tx: Transaction, task_ids: Sequence[UUID], by: User) -> None:
    nodes = (
        select(TaskRow.node)
        .join(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(TaskRow.id.in_(task_ids), CandidateRow.person_id == by.id)
        .distinct()
    )
    if len((await tx.session.scalars(nodes)).all()) > 1:
        raise NotOneNode


async def _agree(
    runtime: Runtime, task_id: UUID, by: User, opinion: str, key: str | None
) -> Result:
    try:
        async with runtime.transaction() as tx:
            answer = await actions.decide(
                tx, task_id, by=by, verdict=Verdict.AGREE, opinion=opinion, key=key
            )
    except Refusal as refusal:
        return Result(task_id, refusal, refusal.details.get("request_status"))
    return Result(task_id, None, answer["request_status"])


def _key_of(key: str | None, task_id: UUID) -> str | None:
    """A decision's own key, from that of the whole."""
    return None if key is None else sha256(f"{key} {task_id}".encode()).hexdigest()
