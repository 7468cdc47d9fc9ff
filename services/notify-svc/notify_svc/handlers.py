"""What happened → who is told what. The map is at the bottom."""

from dataclasses import replace
from uuid import UUID

from notify_svc import actions
from notify_svc.delegations import tell_delegated, tell_delegation_ended
from notify_svc.domain import Kind, Notice, Recipient
from shared.contracts.directory import PersonChanged
from shared.contracts.document import RefusalReason, SealRefused
from shared.contracts.notify import Channel
from shared.contracts.workflow import (
    Advanced,
    Approved,
    Completed,
    Copied,
    Delegated,
    DelegationEnded,
    Node,
    Overdue,
    OverdueStep,
    Reassigned,
    RequestVoided,
    Returned,
    TaskAssigned,
    TaskBlocked,
    TaskClosed,
    TaskEnd,
    Urged,
    WhyCopied,
    Withdrawn,
)
from shared.messaging import on
from shared.posts import POST_HANDLERS
from shared.transaction import Transaction


def task_page(task_id: UUID) -> str:
    return f"/tasks/{task_id}"


def request_page(request_id: UUID) -> str:
    return f"/requests/{request_id}"


WHY_REFUSED = {
    RefusalReason.NO_ORDER: "决定没有附带盖章指令",
    RefusalReason.NOT_SIGNED: "盖章指令的签名无效",
    RefusalReason.OTHER_DECISION: "盖章指令属于另一个决定",
    RefusalReason.OTHER_SUBMISSION: "盖章指令属于另一次提交",
    RefusalReason.FOREIGN_UNIT: "该部门不应在此处盖章",
    RefusalReason.PLACE_TAKEN: "此处已由另一个决定盖章",
}


HOW_IT_ENDED = {
    TaskEnd.DECIDED: "已处理",
    TaskEnd.SKIPPED: "已由他人处理",
    TaskEnd.CANCELLED: "已取消",
    TaskEnd.REASSIGNED: "已转交",
}


def asks(node: Node, title: str) -> str:
    """What is asked of who may act there: 现场用印 is a registration, not an approval."""
    if node.registers:
        return f"“{title}”已审批通过，待经办人到场，请您用印并登记"
    return f"关于“{title}”需要您的审批"


def remark(node: Node, revision: int) -> str:
    if node.registers:
        return "请您用印并登记"
    return "您有新的任务需要处理" if revision == 1 else "申请人已修改，请重新审批"


async def keep_contact(event: PersonChanged, tx: Transaction) -> None:
    await actions.keep_contact(tx, event)


async def tell_assignees(event: TaskAssigned, tx: Transaction) -> None:
    people = await actions.recipients(tx, event.assignees, while_open=event.task_id)
    notice = Notice(
        kind=Kind.TASK_ASSIGNED,
        request_id=event.request_id,
        occasion=f"assigned:{event.task_id}",
        title=event.title,
        at=event.assigned_at,
        page=task_page(event.task_id),
        particulars={
            "node": event.node.name,
            "asks": asks(event.node, event.title),
            "remark": remark(event.node, event.revision),
        },
        task_id=event.task_id,
    )
    await actions.notify(tx, notice, people)


async def tell_reassigned(event: Reassigned, tx: Transaction) -> None:
    """The new ones, and who had it; the old task is closed, which cancels what had not gone out."""
    notice = Notice(
        kind=Kind.HANDED_TO_YOU,
        request_id=event.request_id,
        occasion=f"assigned:{event.task_id}",
        title=event.title,
        at=event.reassigned_at,
        page=task_page(event.task_id),
        particulars={"node": event.node.name, "by": event.by.name},
        task_id=event.task_id,
    )
    people = await actions.recipients(tx, event.to, while_open=event.task_id)
    await actions.notify(tx, notice, people)
    if event.gave_up is None or event.gave_up in event.to:
        return
    told = replace(
        notice,
        kind=Kind.HANDED_OVER,
        occasion=f"handed_over:{event.task_id}",
        page=request_page(event.request_id),
        particulars={"node": event.node.name, "to": "、".join(one.name for one in event.to)},
    )
    await actions.notify(tx, told, await actions.recipients(tx, [event.gave_up]))


async def tell_copied(event: Copied, tx: Transaction) -> None:
    people = await actions.recipients(tx, event.people, while_open=event.request_id)
    supervised = event.why is WhyCopied.SUPERVISION
    notice = Notice(
        kind=Kind.SUPERVISED if supervised else Kind.COPIED,
        request_id=event.request_id,
        occasion=f"{event.why}:{event.request_id}:{event.revision}",
        title=event.title,
        at=event.copied_at,
        page=request_page(event.request_id),
        particulars={
            "node": event.node.name if event.node else "流转中",
            "initiator": event.initiator.name,
        },
    )
    await actions.notify(tx, notice, people)


async def tell_overdue(event: Overdue, tx: Transaction) -> None:
    """Who may act, each step anew; at the escalation their heads too."""
    notice = Notice(
        kind=Kind.OVERDUE,
        request_id=event.request_id,
        occasion=f"overdue:{event.step}:{event.task_id}",
        title=event.title,
        at=event.noticed_at,
        page=task_page(event.task_id),
        particulars={
            "node": event.node.name,
            "asks": asks(event.node, event.title),
            "due_at": event.due_at,
        },
        task_id=event.task_id,
    )
    people = await actions.recipients(tx, event.assignees, while_open=event.task_id)
    await actions.notify(tx, notice, people)
    if event.step is not OverdueStep.ESCALATION:
        return
    raised = replace(
        notice,
        kind=Kind.OVERDUE_HEAD,
        occasion=f"overdue_head:{event.task_id}",
        page=request_page(event.request_id),
        particulars={
            "node": event.node.name,
            "unit": event.unit.name,
            "people": "、".join(one.name for one in event.assignees),
            "due_at": event.due_at,
        },
    )
    heads = [one for one in event.heads if one not in event.assignees]
    await actions.notify(tx, raised, await actions.recipients(tx, heads, while_open=event.task_id))


async def tell_blocked(event: TaskBlocked, tx: Transaction) -> None:
    people = await actions.recipients(tx, event.administrators, while_open=event.task_id)
    notice = Notice(
        kind=Kind.TASK_BLOCKED,
        request_id=event.request_id,
        occasion=f"blocked:{event.task_id}",
        title=event.title,
        at=event.blocked_at,
        page=request_page(event.request_id),
        particulars={"node": event.node.name, "unit": event.unit.name},
        task_id=event.task_id,
    )
    await actions.notify(tx, notice, people)


async def tell_seal_refused(event: SealRefused, tx: Transaction) -> None:
    """An alarm: whatever the reason, somebody asked for a seal who had no right to it."""
    notice = Notice(
        kind=Kind.SEAL_REFUSED,
        request_id=event.request_id,
        occasion=f"seal_refused:{event.refusal_id}",
        title=event.tracking_number,
        at=event.refused_at,
        page=request_page(event.request_id),
        particulars={
            "unit": event.unit.name,
            "why": WHY_REFUSED[event.reason],
            "refusal": str(event.refusal_id),
        },
    )
    await actions.notify(tx, notice, await actions.administrators(tx))


async def forget_task(event: TaskClosed, tx: Transaction) -> None:
    await actions.close(tx, event.task_id, how=HOW_IT_ENDED[event.end])


async def tell_urged(event: Urged, tx: Transaction) -> None:
    """Each by a link to their own task: at a countersigning node everyone has another one."""
    people = await actions.recipients(tx, event.assignees)
    told = await actions.tasks_told(tx, event.task_ids)
    for task_id in event.task_ids:
        notice = Notice(
            kind=Kind.URGED,
            request_id=event.request_id,
            occasion=f"urged:{task_id}:{event.urged_at.isoformat()}",
            title=event.title,
            at=event.urged_at,
            page=task_page(task_id),
            particulars={"node": event.node.name, "asks": asks(event.node, event.title)},
            task_id=task_id,
        )
        mine = [
            replace(person, while_open=task_id)
            for person in people
            if told.get(person.key, event.task_ids[0]) == task_id
        ]
        await actions.notify(tx, notice, mine)


async def tell_returned(event: Returned, tx: Transaction) -> None:
    people = await actions.recipients(tx, [event.initiator], while_open=event.request_id)
    notice = Notice(
        kind=Kind.RETURNED,
        request_id=event.request_id,
        occasion=f"returned:{event.request_id}:{event.revision}",
        title=event.title,
        at=event.returned_at,
        page=request_page(event.request_id),
        particulars={
            "node": event.node.name,
            "by": event.by.name,
            "opinion": event.opinion,
        },
    )
    await actions.notify(tx, notice, people)


async def tell_advanced(event: Advanced, tx: Transaction) -> None:
    """Nothing to tell when nothing waits, or only 现场用印: approval has a message of its own."""
    if all(node.registers for node in event.waiting):
        return
    people = await actions.recipients(tx, [event.initiator], while_open=event.request_id)
    notice = Notice(
        kind=Kind.ADVANCED,
        request_id=event.request_id,
        occasion=f"advanced:{event.request_id}:{event.advanced_at.isoformat()}",
        title=event.title,
        at=event.advanced_at,
        page=request_page(event.request_id),
        particulars={"nodes": "、".join(node.name for node in event.waiting)},
    )
    await actions.supersede(tx, notice, people)
    await actions.notify(tx, notice, people)


async def tell_approved(event: Approved, tx: Transaction) -> None:
    """The initiator by every channel, the handler by SMS; one SMS where they share a phone."""
    people = await actions.recipients(tx, [event.initiator], while_open=event.request_id)
    phones = {person.addresses.get(Channel.SMS) for person in people}
    if event.handler_mobile not in phones:
        handler = Recipient(
            key=actions.HANDLER,
            person_id=None,
            name=event.handler_name,
            addresses={Channel.SMS: event.handler_mobile},
            while_open=event.request_id,
        )
        people.append(handler)
    notice = Notice(
        kind=Kind.APPROVED,
        request_id=event.request_id,
        occasion=f"approved:{event.request_id}",
        title=event.title,
        at=event.approved_at,
        page=request_page(event.request_id),
        particulars={"number": event.number, "handler_name": event.handler_name},
    )
    await actions.notify(tx, notice, people)


async def tell_voided(event: RequestVoided, tx: Transaction) -> None:
    """The initiator, and the handler who was called to the counter."""
    await actions.close(tx, event.request_id, how="已作废")
    people = await actions.recipients(tx, [event.initiator])
    people += await actions.handler_who_was_called(tx, event.request_id)
    notice = Notice(
        kind=Kind.VOIDED,
        request_id=event.request_id,
        occasion=f"voided:{event.request_id}",
        title=event.title,
        at=event.voided_at,
        page=request_page(event.request_id),
        particulars={"number": event.number, "by": event.by.name, "reason": event.reason},
    )
    await actions.notify(tx, notice, people)


async def tell_completed(event: Completed, tx: Transaction) -> None:
    await actions.close(tx, event.request_id, how="已办结")
    people = await actions.recipients(tx, [event.initiator])
    notice = Notice(
        kind=Kind.COMPLETED,
        request_id=event.request_id,
        occasion=f"completed:{event.request_id}",
        title=event.title,
        at=event.completed_at,
        page=request_page(event.request_id),
        particulars={"number": event.number},
    )
    await actions.notify(tx, notice, people)


async def tell_withdrawn(event: Withdrawn, tx: Transaction) -> None:
    await actions.close(tx, event.request_id, how="已撤销")
    people = await actions.recipients(tx, event.had_open)
    notice = Notice(
        kind=Kind.WITHDRAWN,
        request_id=event.request_id,
        occasion=f"withdrawn:{event.request_id}",
        title=event.title,
        at=event.withdrawn_at,
        page=request_page(event.request_id),
        particulars={"by": event.by.name},
    )
    await actions.notify(tx, notice, people)


HANDLERS = (
    *POST_HANDLERS,
    on(PersonChanged, keep_contact),
    on(TaskAssigned, tell_assignees),
    on(Reassigned, tell_reassigned),
    on(TaskClosed, forget_task),
    on(TaskBlocked, tell_blocked),
    on(Overdue, tell_overdue),
    on(Copied, tell_copied),
    on(Delegated, tell_delegated),
    on(DelegationEnded, tell_delegation_ended),
    on(SealRefused, tell_seal_refused),
    on(Urged, tell_urged),
    on(Returned, tell_returned),
    on(Advanced, tell_advanced),
    on(Approved, tell_approved),
    on(RequestVoided, tell_voided),
    on(Completed, tell_completed),
    on(Withdrawn, tell_withdrawn),
)
