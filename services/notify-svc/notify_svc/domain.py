"""What people are told, by which channels, and what follows when a message does not get through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


class State(StrEnum):
    """Of a delivery. The last three are ends."""

    QUEUED = "queued"
    SENDING = "sending"
    RETRY = "retry"
    UNKNOWN = "unknown"  # it may have gone out: the answer never came
    DELIVERED = "delivered"  # the channel's provider took it
    FAILED = "failed"
    CANCELLED = "cancelled"  # not worth sending any more


NOT_GONE_OUT = (State.QUEUED, State.RETRY, State.UNKNOWN)


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
    request_id: UUID
    occasion: str
    title: str
    at: datetime
    page: str
    particulars: Mapping[str, str] = field(default_factory=dict)

    def words(self, portal_url: str) -> dict[str, object]:
        """The variables of the kind's templates."""
        link = portal_url.rstrip("/") + self.page
        return {"title": self.title, "at": self.at, "link": link, **self.particulars}


@dataclass(frozen=True, slots=True)
class Message:
    """As its recipient sees it. The text of a WeChat message is its card, line by line."""

    subject: str  # of a mail; the heading of a WeChat card; empty for an SMS
    text: str
    html: str | None = None


class Outcome(StrEnum):
    """What became of an attempt to send."""

    ACCEPTED = "accepted"  # the provider took it
    RETRY = "retry"  # it certainly did not go out, and a later try may succeed
    REFUSED = "refused"  # it will never be taken as it is
    UNKNOWN = "unknown"  # it may have gone out: the answer never came


@dataclass(frozen=True, slots=True)
class Result:
    outcome: Outcome
    reason: str = ""  # for an operator; without personal data


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often to try."""

    delays: Sequence[timedelta]  # after the first failed attempt, the second …; then it has failed
    before_resend: timedelta  # of what may have gone out


@dataclass(frozen=True, slots=True)
class Next:
    """What follows from an attempt. `due_at` is None at an end."""

    state: State
    due_at: datetime | None
    reason: str


def after(
    result: Result, *, attempts: int, resent: bool, now: datetime, patience: Patience
) -> Next:
    """What becomes of a delivery after its `attempts`-th attempt; `resent` if that was a resend.

    What may have gone out is sent once more, never twice more. A mail carries the same Message-ID
    both times, so a mailbox that cares shows it once; to lose an approver's only notice is worse
    than to show it twice, and a flood is worse than either.
    """
    match result.outcome:
        case Outcome.ACCEPTED:
            return Next(State.DELIVERED, None, "")
        case Outcome.REFUSED:
            return Next(State.FAILED, None, result.reason)
        case Outcome.UNKNOWN if not resent:
            return Next(State.UNKNOWN, now + patience.before_resend, result.reason)
        case Outcome.UNKNOWN:
            return Next(State.FAILED, None, f"sent twice, never answered: {result.reason}")
        case Outcome.RETRY if attempts <= len(patience.delays):
            return Next(State.RETRY, now + patience.delays[attempts - 1], result.reason)
        case Outcome.RETRY:
            return Next(State.FAILED, None, f"given up after {attempts} attempts: {result.reason}")
