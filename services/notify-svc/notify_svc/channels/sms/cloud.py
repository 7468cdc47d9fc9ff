"""What the clouds' SMS services have in common.

They send approved templates only, send again what is given to them again, can be asked what
became of a message, and push receipts that are not signed.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import SecretStr

from notify_svc.channels import (
    Answer,
    Callback,
    Carrier,
    Equipment,
    Fate,
    Heard,
    Parcel,
    Receipt,
    Sent,
)
from notify_svc.channels.http import Web
from notify_svc.channels.sms import texts
from notify_svc.channels.sms.numbers import NotMobile
from notify_svc.channels.sms.pulling import pulled
from notify_svc.channels.sms.receipt_key import check_receipt_key
from notify_svc.channels.verdict import recipient, template
from notify_svc.domain import Kind, Message
from notify_svc.errors import BadCallback
from notify_svc.outcomes import Blame, Capabilities, Outcome, Result
from shared.contracts.notify import Channel


class CloudSettings(Protocol):
    """`receipt_key`: what the address for receipts must carry as `?key=`."""

    @property
    def sign_name(self) -> str: ...

    @property
    def receipt_key(self) -> SecretStr | None: ...

    @property
    def variable_limit(self) -> int: ...


Settings = TypeVar("Settings", bound=CloudSettings)


class CloudSms(Carrier, Generic[Settings]):
    channel = Channel.SMS
    capabilities = Capabilities(can_be_asked=True, receipts=True)
    sends_only_approved = True
    heard: ClassVar[Answer]  # what it wants to hear when it has brought receipts

    def __init__(self, settings: Settings, equipment: Equipment, web: Web) -> None:
        self.settings = settings
        self._templates = equipment.templates
        self._web = web

    def problems(self, kind: Kind, message: Message) -> Sequence[str]:
        limit, approved = self.settings.variable_limit, self._templates.get(kind)
        return [
            *texts.problems(message.text, self.settings.sign_name),
            *texts.template_problems(approved, kind, message, variable_limit=limit),
        ]

    async def send(self, parcel: Parcel) -> Result:
        try:
            request = self.request(parcel)
        except NotMobile as error:
            return recipient(str(error)).result("")
        except texts.NotApproved as error:
            return template(str(error)).result("")
        return await self.send_request(request)

    @abstractmethod
    def request(self, parcel: Parcel) -> dict[str, Any]:
        """Raises: NotMobile, NotApproved."""

    @abstractmethod
    async def send_request(self, request: dict[str, Any]) -> Result: ...

    async def pull_receipts(self, without: Sequence[Sent]) -> Sequence[Receipt]:
        return await pulled(self._receipt_of, without)

    async def parse_callback(self, callback: Callback) -> Heard:
        check_receipt_key(self.settings.receipt_key, callback)
        try:
            return Heard(self.heard, receipts=list(self.receipts(callback.body)))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadCallback from None

    @abstractmethod
    def receipts(self, body: bytes) -> Iterable[Receipt]:
        """What was pushed. Raises: ValueError, TypeError, KeyError, AttributeError."""

    async def _receipt_of(self, sent: Sent) -> Sequence[Receipt]:
        told = await self.reconcile(sent)
        if sent.message_id is None or told.outcome not in (Outcome.DELIVERED, Outcome.REFUSED):
            return ()
        reached = told.outcome is Outcome.DELIVERED
        gone = told.blame is Blame.RECIPIENT
        return [receipt(sent.message_id, reached=reached, code=told.code, unreachable=gone)]


def receipt(
    message_id: str,
    *,
    reached: bool,
    code: str,
    unreachable: bool = False,
    delivery_id: UUID | None = None,
) -> Receipt:
    """The same one, pushed or pulled. `unreachable`: the number is to blame, not just this once."""
    return Receipt(
        key=f"{message_id}:{reached}"[:200],
        fate=Fate.REACHED if reached else Fate.NOT_REACHED,
        message_id=message_id,
        delivery_id=delivery_id,
        code=code,
        reason="" if reached else f"{_why(unreachable)}: {code}",
        unreachable=unreachable and not reached,
    )


def undelivered(code: str, *, unreachable: bool) -> Result:
    """The carrier's word, when it is asked for."""
    blame = Blame.RECIPIENT if unreachable else None
    return Result(Outcome.REFUSED, _why(unreachable), code=code, blame=blame)


def _why(unreachable: bool) -> str:
    return "the number cannot be reached" if unreachable else "the carrier could not deliver it"
