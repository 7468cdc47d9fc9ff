"""委托 → who is told: who is to act, and whose place it is, who may not have done it themselves."""

from notify_svc import actions
from notify_svc.domain import Kind, Notice
from shared.contracts.people import Post
from shared.contracts.workflow import Delegated, DelegationEnded
from shared.transaction import Transaction

PAGE = "/settings"
POSTS = {
    Post.OFFICE_STAFF: "办公室工作人员",
    Post.HEAD: "负责人",
    Post.REVIEWER: "审批人",
    Post.SEAL_KEEPER: "印章管理员",
}


async def tell_delegated(event: Delegated, tx: Transaction) -> None:
    particulars = {
        "holder": event.holder.name,
        "to": event.to.name,
        "scope": scope(event),
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
    }
    both = (
        (Kind.DELEGATED, event.to, event.delegation_id),
        (Kind.DELEGATION_MADE, event.holder, None),  # told even when it is over by then
    )
    for kind, person, while_open in both:
        notice = Notice(
            kind=kind,
            request_id=None,
            occasion=f"{kind}:{event.delegation_id}",
            title=title(event),
            at=event.delegated_at,
            page=PAGE,
            particulars=particulars,
        )
        people = await actions.recipients(tx, [person], while_open=while_open)
        await actions.notify(tx, notice, people)


async def tell_delegation_ended(event: DelegationEnded, tx: Transaction) -> None:
    """Whoever had not been told of it yet need not be any more."""
    await actions.close(tx, event.delegation_id, how="委托已结束")
    notice = Notice(
        kind=Kind.DELEGATION_ENDED,
        request_id=None,
        occasion=f"{Kind.DELEGATION_ENDED}:{event.delegation_id}",
        title=title(event),
        at=event.ended_at,
        page=PAGE,
        particulars={
            "holder": event.holder.name,
            "to": event.to.name,
            "scope": scope(event),
            "why": "提前收回" if event.revoked else "到期",
        },
    )
    people = await actions.recipients(tx, [event.holder, event.to])
    await actions.notify(tx, notice, people)


def title(event: Delegated | DelegationEnded) -> str:
    return f"{event.holder.name}委托{event.to.name}代为审批"


def scope(event: Delegated | DelegationEnded) -> str:
    """What was delegated, as people say it."""
    unit = event.unit.name if event.unit else ""
    post = POSTS.get(event.post, "") if event.post else ""
    return f"{unit}{post}的审批事项" if unit or post else "全部审批事项"
