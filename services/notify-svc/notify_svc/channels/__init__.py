"""The ways out. Each is a file; all look the same to the dispatcher.

A channel's file has three things: its settings (a part of `NotifySettings`, read from
`NOTIFY_<CHANNEL>__…`), a `Carrier`, and an `opened(settings, equipment)` that yields the carrier
and closes what it keeps open. `post_room.py` lists them.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from notify_svc.domain import Kind, Message
from notify_svc.errors import NoCallbacks
from notify_svc.outcomes import Capabilities, Outcome, Result
from notify_svc.privacy import Safe
from notify_svc.provider_templates import ProviderTemplate
from shared.contracts.notify import Channel
from shared.transaction import Transaction

if TYPE_CHECKING:
    from shared.service import Runtime


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one person by one channel. A second try is the same parcel, down to its id."""

    delivery_id: UUID
    to: str
    person_name: str
    message: Message
    written_at: datetime
    kind: Kind
    task_id: UUID | None = None  # the task it is about, if it is about one


@dataclass(frozen=True, slots=True)
class Wire:
    """What goes to the provider, byte for byte: what is previewed is what is sent.

    `remarks` is what an operator should know of it, in words: “2 段, 计 2 条”.
    """

    media_type: str
    body: bytes
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """An earlier attempt: what to ask the provider about, or to change there.

    `references` is what the provider gave besides the id (`Result.references`).
    """

    parcel: Parcel
    attempted_at: datetime  # when the attempt began
    message_id: str | None
    references: Mapping[str, str]


class Fate(StrEnum):
    """What a receipt says."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's word on a message, by its own id for it or by ours.

    `key` tells one receipt from another: the same however often it comes. Where a provider leaves
    the id out, `to` and `at` find the message: the last one sent to that address before `at`.
    `unreachable`: it is the address that is to blame, and not just this once.
    """

    key: str
    fate: Fate
    message_id: str | None = None
    delivery_id: UUID | None = None
    to: str | None = None
    at: datetime | None = None
    code: str = ""
    reason: str = ""  # for an operator; without personal data
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Callback:
    """A call by the provider, as it came."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    media_type: str = "text/plain"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """What a callback says. `also` are actions that run in the transaction that keeps it."""

    answer: Answer
    receipts: Sequence[Receipt] = ()
    also: Sequence[Callable[[Transaction], Awaitable[None]]] = ()


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a carrier is opened with."""

    runtime: "Runtime"
    safe: Safe
    templates: Mapping[Kind, ProviderTemplate] = field(default_factory=dict)  # this channel's


class Carrier(ABC):
    """Sends by one channel, through one provider."""

    channel: Channel
    provider: str  # the name of its state, its receipts and its callbacks: /callbacks/<provider>
    capabilities = Capabilities()
    delivers_at_once = False  # what is posted is with the person already
    sends_only_approved = False  # texts that its provider has a template for
    binds = False  # its addresses are known only once their owners have bound them

    def problems(self, kind: Kind, message: Message) -> Sequence[str]:
        """What the provider would refuse in a message of this kind, in words; at the start and
        in the preview, with the sample's words and with the longest ones."""
        return ()

    @abstractmethod
    def render(self, parcel: Parcel) -> Wire:
        """Pure. Raises: ValueError for what cannot be put on the wire at all."""

    @abstractmethod
    async def send(self, parcel: Parcel) -> Result:
        """Sends what `render` shows, and says what became of it, within its own time limit."""

    async def reconcile(self, sent: Sent) -> Result:
        """Asks the provider what became of an attempt whose answer never came.

        Returns: ACCEPTED, DELIVERED, REFUSED, NOT_SENT; UNKNOWN when it cannot say (yet), with
        `retry_after` if it may say later; TROUBLE when it cannot be asked now.
        """
        return Result(Outcome.UNKNOWN, "the provider cannot be asked")

    async def parse_callback(self, callback: Callback) -> Heard:
        """Raises: BadCallback for what the provider cannot have sent; NoCallbacks."""
        raise NoCallbacks

    async def check(self) -> Sequence[str]:
        """What keeps the provider from taking messages now, in words. Asks it, sends nothing."""
        return ()

    async def pull_receipts(self, without: Sequence[Sent]) -> Sequence[Receipt]:
        """Asks for receipts that were not pushed, for the messages that are `without` one."""
        return ()

    async def update(self, sent: Sent, words: str) -> Result:
        """Changes what was sent: its matter is over, `words` say how (已处理, 已撤销)."""
        return Result(Outcome.REFUSED, "what was sent cannot be changed")
