"""What can become of an attempt to send, and what follows from it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

ALWAYS = timedelta.max


class State(StrEnum):
    """Of a delivery."""

    QUEUED = "queued"
    HELD = "held"  # for the next digest, which takes it in
    SENDING = "sending"
    RETRY = "retry"
    UNKNOWN = "unknown"  # it may have gone out: to be found out
    # Ends:
    SENT = "sent"  # the channel's provider took it
    DELIVERED = "delivered"  # it is with the person
    FAILED = "failed"
    CANCELLED = "cancelled"  # not worth sending any more
    MERGED = "merged"  # told within a digest
    UNRESOLVED = "unresolved"  # it may have gone out, and nobody can say


NOT_GONE_OUT = (State.QUEUED, State.HELD, State.RETRY, State.UNKNOWN)
GONE_OUT = (State.SENT, State.DELIVERED)


class Outcome(StrEnum):
    """What became of an attempt to send, or what the provider says of it when asked."""

    ACCEPTED = "accepted"  # the provider took it, now or before
    DELIVERED = "delivered"  # it is with the person
    RETRY = "retry"  # it certainly did not go out, and a later try may succeed
    WAIT = "wait"  # not now, for this person: the provider's limit; not counted as a try
    REFUSED = "refused"  # it will never be taken as it is
    UNKNOWN = "unknown"  # it may have gone out: the answer never came
    NOT_SENT = "not_sent"  # when asked: the provider never saw it
    # About the provider, not about this message, which certainly did not go out; not counted:
    TROUBLE = "trouble"  # it is away or turns everything down; enough of these open the breaker
    QUOTA = "quota"  # it takes nothing more until `retry_at`


class Blame(StrEnum):
    """Why something was refused."""

    RECIPIENT = "recipient"  # the address: it is not tried again until it changes
    CONTENT = "content"  # the message
    SETTINGS = "settings"  # ours: an operator mends them


@dataclass(frozen=True, slots=True)
class Result:
    """`reason` is for an operator, in words and without personal data; `code` is the provider's.

    `message_id` is the provider's id for the message, `references` what else it gave that is
    needed later (BizId, response_code). `retry_at`: not before. `at_once`: trouble that no
    repetition will mend (a wrong secret): the breaker opens on the first one.
    """

    outcome: Outcome
    reason: str = ""
    code: str = ""
    message_id: str | None = None
    references: Mapping[str, str] = field(default_factory=dict)
    retry_at: datetime | None = None
    blame: Blame | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What may be relied on; what follows an attempt is decided by these and by nothing else.

    `recognises`: for how long after the first try the provider knows a second try of the same
    parcel as the same and shows it once; None: never, `ALWAYS`: for ever.
    """

    recognises: timedelta | None = None
    can_be_asked: bool = False  # `reconcile` learns what became of an attempt
    receipts: bool = False  # the provider says later whether the person was reached
    updates: bool = False  # what was sent can be changed afterwards: a card turns into 已处理


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often to try, and to ask."""

    delays: Sequence[timedelta]  # after the first failed attempt, the second …; then it has failed
    before_resend: timedelta  # of what may have gone out, where the provider recognises it
    asks: Sequence[timedelta]  # before the provider is asked, and asked again
    trouble: timedelta  # until it is tried again when the provider is in trouble


@dataclass(frozen=True, slots=True)
class Past:
    """What a delivery has been through. `unknown_since`: an attempt of then may have gone out."""

    failures: int = 0  # attempts that count
    asked: int = 0
    unknown_since: datetime | None = None


class Errand(StrEnum):
    """What to do with a delivery that is due."""

    SEND = "send"
    ASK = "ask"
    LEAVE = "leave"  # nobody can say whether it went out, and it must not go out twice


@dataclass(frozen=True, slots=True)
class Next:
    """What follows. `at` is None at an end."""

    state: State
    at: datetime | None
    reason: str
    past: Past


def errand(past: Past, capabilities: Capabilities, now: datetime) -> Errand:
    """What may have gone out is asked about, or sent again only where nobody sees it twice."""
    if past.unknown_since is None:
        return Errand.SEND
    if capabilities.can_be_asked:
        return Errand.ASK
    window = capabilities.recognises
    if window is not None and (window == ALWAYS or now < past.unknown_since + window):
        return Errand.SEND
    return Errand.LEAVE


@dataclass(frozen=True, slots=True)
class Terms:
    """By what it is decided what follows an attempt, or an asking, that is over `now`."""

    capabilities: Capabilities
    patience: Patience
    deadline: datetime  # of no use afterwards
    began: datetime  # the attempt
    now: datetime


def after(result: Result, past: Past, terms: Terms) -> Next:
    """What becomes of a delivery."""
    match result.outcome:
        case Outcome.ACCEPTED:
            return Next(State.SENT, None, "", past)
        case Outcome.DELIVERED:
            return Next(State.DELIVERED, None, "", past)
        case Outcome.REFUSED:
            return Next(State.FAILED, None, result.reason, past)
        case Outcome.UNKNOWN | Outcome.NOT_SENT:
            return _in_doubt(result, past, terms)
        case Outcome.RETRY:
            return _again(result, past, terms)
        case Outcome.WAIT | Outcome.TROUBLE | Outcome.QUOTA:
            return _later(
                result, past, terms, result.retry_at or terms.now + terms.patience.trouble
            )


def _in_doubt(result: Result, past: Past, terms: Terms) -> Next:
    now, patience = terms.now, terms.patience
    past = replace(past, unknown_since=past.unknown_since or terms.began)
    if terms.capabilities.can_be_asked:
        asked = past.asked
        if result.outcome is Outcome.NOT_SENT and asked > 1:
            # Said twice, a while apart: it may go out (anew, so that all begins from the start).
            return Next(State.RETRY, now, result.reason, Past(past.failures + 1))
        if asked < len(patience.asks):
            at = max(now + patience.asks[asked], result.retry_at or now)
            return Next(State.UNKNOWN, at, result.reason, replace(past, asked=asked + 1))
        return Next(State.UNRESOLVED, None, result.reason, past)
    again_at = now + patience.before_resend
    may_be_sent = errand(past, terms.capabilities, again_at) is Errand.SEND
    if may_be_sent and past.failures < len(patience.delays):
        past = replace(past, failures=past.failures + 1)
        return Next(State.UNKNOWN, again_at, result.reason, past)
    return Next(State.UNRESOLVED, None, result.reason, past)


def _again(result: Result, past: Past, terms: Terms) -> Next:
    delays = terms.patience.delays
    failures = past.failures + 1
    past = replace(past, failures=failures)
    if failures > len(delays):
        reason = f"given up after {failures} attempts: {result.reason}"
        return Next(_given_up(past), None, reason, past)
    at = max(terms.now + delays[failures - 1], result.retry_at or terms.now)
    return _later(result, past, terms, at)


def _later(result: Result, past: Past, terms: Terms, at: datetime) -> Next:
    """What may have gone out stays unknown: that the provider is away now changes nothing in it."""
    if at > terms.deadline:
        return Next(_given_up(past), None, f"too late to be of use: {result.reason}", past)
    state = State.RETRY if past.unknown_since is None else State.UNKNOWN
    return Next(state, at, result.reason, past)


def _given_up(past: Past) -> State:
    return State.FAILED if past.unknown_since is None else State.UNRESOLVED
