"""What happened → who is told what. The map is at the bottom."""

from dataclasses import replace
from uuid import UUID

from notify_svc import actions
from notify_svc.domain import Kind, Notice, Recipient
from shared.contracts.directory import PersonChanged
from shared.contracts.notify import Channel
from shared.contracts.workflow import (
    Advanced,
    Approved,
    Completed,
    Returned,
    TaskAssigned,
    TaskClosed,
    Urged,
    Withdrawn,
)
from shared.messaging import on
from shared.posts import POST_HANDLERS
from shared.transaction import Transaction


def task_page(task_id: UUID) -> str:
    return f"/tasks/{task_id}"


def request_page(request_id: UUID) -> str:
    return f"/requests/{request_id}"


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
        particulars={"node": event.node.name},
    )
    await actions.notify(tx, notice, people)


async def forget_task(event: TaskClosed, tx: Transaction) -> None:
    await actions.close(tx, event.task_id)


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
            particulars={"node": event.node.name},
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
    """Nothing to tell when nothing waits: the end has a message of its own."""
    if not event.waiting:
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
    await actions.notify(tx, notice, people)


async def tell_approved(event: Approved, tx: Transaction) -> None:
    """The initiator by every channel, the handler by SMS; one SMS where they share a phone."""
    people = await actions.recipients(tx, [event.initiator], while_open=event.request_id)
    phones = {person.addresses.get(Channel.SMS) for person in people}
    if event.handler_mobile not in phones:
        handler = Recipient(
            key="handler",
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


async def tell_completed(event: Completed, tx: Transaction) -> None:
    await actions.close(tx, event.request_id)
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
    await actions.close(tx, event.request_id)
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
    on(TaskClosed, forget_task),
    on(Urged, tell_urged),
    on(Returned, tell_returned),
    on(Advanced, tell_advanced),
    on(Approved, tell_approved),
    on(Completed, tell_completed),
    on(Withdrawn, tell_withdrawn),
)
