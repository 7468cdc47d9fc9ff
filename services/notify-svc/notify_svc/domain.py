"""What people are told, and by which channels."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.contracts.notify import Channel
from shared.contracts.people import PersonId

WECHAT, SMS, MAIL, INBOX = Channel.WECHAT, Channel.SMS, Channel.MAIL, Channel.INBOX


class Kind(StrEnum):
    """The messages (domain.md, Every message). Each has a folder of this name in `templates/`."""

    TASK_ASSIGNED = "task_assigned"
    URGED = "urged"
    RETURNED = "returned"
    ADVANCED = "advanced"
    APPROVED = "approved"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    COPIED = "copied"  # 知会
    SUPERVISED = "supervised"  # 督办
    HANDED_TO_YOU = "handed_to_you"  # 更换节点审批人员: to the new one
    HANDED_OVER = "handed_over"  # and to the old one
    OVERDUE = "overdue"
    OVERDUE_HEAD = "overdue_head"  # to the head of who has not acted
    DELEGATED = "delegated"  # 委托: to who is to act
    DELEGATION_MADE = "delegation_made"  # and to whose place it is, in case it was not them
    DELEGATION_ENDED = "delegation_ended"  # to both
    TASK_BLOCKED = "task_blocked"  # nobody may act: to the administrators
    VOIDED = "voided"  # 作废 after the last approval
    SEAL_REFUSED = "seal_refused"  # an alarm to the administrators
    DIGEST = "digest"  # several of these in one


DEFAULT_CHANNELS: Mapping[Kind, tuple[Channel, ...]] = {
    Kind.TASK_ASSIGNED: (WECHAT, MAIL, INBOX),
    Kind.URGED: (WECHAT, MAIL, SMS, INBOX),
    Kind.RETURNED: (SMS, MAIL, WECHAT, INBOX),
    Kind.ADVANCED: (WECHAT, INBOX),
    Kind.APPROVED: (SMS, MAIL, WECHAT, INBOX),
    Kind.COMPLETED: (WECHAT, MAIL, INBOX),
    Kind.WITHDRAWN: (WECHAT, MAIL, INBOX),
    Kind.COPIED: (WECHAT, INBOX),
    Kind.SUPERVISED: (WECHAT, INBOX),
    Kind.HANDED_TO_YOU: (WECHAT, MAIL, INBOX),
    Kind.HANDED_OVER: (WECHAT, MAIL, INBOX),
    Kind.OVERDUE: (WECHAT, MAIL, INBOX),
    Kind.OVERDUE_HEAD: (WECHAT, MAIL, INBOX),
    Kind.DELEGATED: (WECHAT, MAIL, INBOX),
    Kind.DELEGATION_MADE: (WECHAT, MAIL, INBOX),
    Kind.DELEGATION_ENDED: (WECHAT, INBOX),
    Kind.TASK_BLOCKED: (WECHAT, MAIL, INBOX),
    Kind.VOIDED: (SMS, MAIL, WECHAT, INBOX),
    Kind.SEAL_REFUSED: (WECHAT, MAIL, SMS, INBOX),
    Kind.DIGEST: (),  # goes where what it holds would have gone
}

# The others are of use for as long as the settings say.
LIFETIMES: Mapping[Kind, timedelta] = {
    Kind.URGED: timedelta(hours=4),
    Kind.ADVANCED: timedelta(hours=12),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone to tell. `key` tells the recipients of one occasion apart.

    `addresses`: a channel that is absent is not for them; None: it is, but no address is known.
    `while_open`: the task or request that this is about; once it is closed, what has not gone out
    is cancelled.
    """

    key: str
    person_id: PersonId | None  # None: a handler who is known by mobile number only
    name: str
    addresses: Mapping[Channel, str | None]
    while_open: UUID | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened that people are told about.

    `occasion` names it, the round included: the same however often the event about it comes.
    `page` is the portal's page where one sees it or acts, a path. `particulars` are the words
    that only this kind's templates use.
    """

    kind: Kind
    request_id: UUID | None
    occasion: str
    title: str
    at: datetime
    page: str
    particulars: Mapping[str, object] = field(default_factory=dict)
    task_id: UUID | None = None

    def words(self, portal_url: str) -> dict[str, object]:
        """The variables of the kind's templates."""
        link = portal_url.rstrip("/") + self.page
        return {"title": self.title, "at": self.at, "link": link, **self.particulars}


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a card. `name` is ours and the same in every message: title, at, progress …"""

    name: str
    label: str
    type: str  # of a WeChat template's field: thing, time
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """As its recipient sees it. A card (WeChat, WeCom) has `fields`, and its text line by line."""

    subject: str  # of a mail; the heading of a card or of an entry in the inbox; empty for an SMS
    text: str
    html: str | None = None
    fields: tuple[Field, ...] = ()
    link: str | None = None  # where one sees it or acts

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Message":
        content = json.loads(text)
        fields = tuple(Field(**line) for line in content.pop("fields"))
        return cls(**content, fields=fields)
