"""What people are told, and by which channels."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.contracts.notify import Channel
from shared.contracts.people import PersonId

WECHAT, SMS, MAIL = Channel.WECHAT, Channel.SMS, Channel.MAIL


class Kind(StrEnum):
    """The messages (domain.md, Every message). Each has a folder of this name in `templates/`."""

    TASK_ASSIGNED = "task_assigned"
    URGED = "urged"
    RETURNED = "returned"
    ADVANCED = "advanced"
    APPROVED = "approved"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


DEFAULT_CHANNELS: Mapping[Kind, tuple[Channel, ...]] = {
    Kind.TASK_ASSIGNED: (WECHAT, MAIL),
    Kind.URGED: (WECHAT, MAIL, SMS),
    Kind.RETURNED: (SMS, MAIL, WECHAT),
    Kind.ADVANCED: (WECHAT,),
    Kind.APPROVED: (SMS, MAIL, WECHAT),
    Kind.COMPLETED: (WECHAT, MAIL),
    Kind.WITHDRAWN: (WECHAT, MAIL),
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
    particulars: Mapping[str, str] = field(default_factory=dict)
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
