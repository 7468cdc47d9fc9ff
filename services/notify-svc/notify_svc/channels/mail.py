"""Mail, one SMTP transaction a message (RFC 5321).

One recipient a transaction, because a server that refuses one of several does so without an error;
one connection a message, because a connection kept open goes stale between two messages.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from typing import Self
from zoneinfo import ZoneInfo

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from notify_svc.channels import Carrier, Equipment, Parcel, Wire
from notify_svc.outcomes import Blame, Outcome, Result
from shared.contracts.notify import Channel

# 421: the server is closing; 53x: it is our own sign-in that is refused, which an operator mends.
NOT_ABOUT_THE_MESSAGE = frozenset({421, 530, 534, 535, 538})

PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)*", re.ASCII)


class MailSettings(BaseModel):
    """`NOTIFY_MAIL__HOST` and so on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 587
    starttls: bool = True  # required, never “if offered”: no silent downgrade
    user: str | None = None
    password: SecretStr | None = None
    seconds: float = Field(default=30, gt=0)  # for one mail, from connecting to the last reply

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.password is not None and not self.starttls:
            raise ValueError("a password without starttls would cross the network in the clear")
        return self


@dataclass(frozen=True, slots=True)
class From:
    """`zone` is that of the Date header."""

    address: str
    name: str
    zone: ZoneInfo


@asynccontextmanager
async def opened(settings: MailSettings, equipment: Equipment) -> AsyncIterator["Mail"]:
    organisation = equipment.runtime.organisation
    sender = From(organisation.mail_from, organisation.mail_from_name, organisation.zone)
    yield Mail(settings, sender)


class Mail(Carrier):
    channel = Channel.MAIL
    provider = "smtp"

    def __init__(self, server: MailSettings, sender: From) -> None:
        self._server = server
        self._from = sender

    def render(self, parcel: Parcel) -> Wire:
        return Wire("message/rfc822", compose(parcel, self._from))

    async def send(self, parcel: Parcel) -> Result:
        try:
            content = self.render(parcel).body
        except ValueError:
            return Result(
                Outcome.REFUSED,
                "the name, address or subject cannot stand in a header",
                blame=Blame.CONTENT,
            )
        transaction = _Transaction(self._server, self._from.address, parcel.to, content)
        try:
            async with asyncio.timeout(self._server.seconds):
                await transaction.run()
        except SMTPResponseException as error:
            return transaction.answered(error)
        except (SMTPException, OSError) as error:  # TimeoutError is an OSError
            return transaction.broken(error)
        return Result(Outcome.ACCEPTED)


class _Transaction:
    """Remembers how far it came: what breaks before the content goes out can be done again."""

    def __init__(self, server: MailSettings, sender: str, to: str, content: bytes) -> None:
        self._server = server
        self._sender = sender
        self._to = to
        self._content = content
        self._stage = "connect"

    async def run(self) -> None:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=self._sender.partition("@")[2],  # or it would ask the DNS each time
            start_tls=server.starttls,
            username=server.user,
            password=server.password.get_secret_value() if server.password else None,
            timeout=server.seconds,
        )
        try:
            await client.connect()
            self._stage = "mail"
            await client.mail(self._sender)
            self._stage = "rcpt"
            await client.rcpt(self._to)
            self._stage = "data"
            await client.data(self._content)
            self._stage = "quit"
            await client.quit()
        finally:
            client.close()

    def answered(self, error: SMTPResponseException) -> Result:
        """A reply of the server: 4yz may pass later, 5yz never does (RFC 5321, 4.2.1)."""
        if self._stage == "quit":
            return Result(Outcome.ACCEPTED)
        reason, code = f"the mail server answered {error.code} at {self._stage}", str(error.code)
        about_us = isinstance(error, SMTPHeloError) or error.code in NOT_ABOUT_THE_MESSAGE
        if about_us or self._stage == "connect":
            return Result(Outcome.TROUBLE, reason, code)
        if error.code < 500:
            return Result(Outcome.RETRY, reason, code)
        blame = Blame.RECIPIENT if self._stage == "rcpt" else Blame.CONTENT
        return Result(Outcome.REFUSED, reason, code, blame=blame)

    def broken(self, error: Exception) -> Result:
        if self._stage == "quit":
            return Result(Outcome.ACCEPTED)
        outcome = Outcome.UNKNOWN if self._stage == "data" else Outcome.TROUBLE
        return Result(outcome, f"{type(error).__name__} at {self._stage}")


def compose(parcel: Parcel, sender: From) -> bytes:
    """The message on the wire; the same parcel always has the same Message-ID and Date.

    Raises: ValueError for an address or header that could smuggle another header in.
    """
    mail = EmailMessage(policy=WIRE)
    mail["From"] = _address(sender.name, sender.address)
    mail["To"] = _address(parcel.person_name, parcel.to)
    mail["Subject"] = parcel.message.subject
    mail["Date"] = parcel.written_at.astimezone(sender.zone)
    mail["Message-ID"] = f"<{parcel.delivery_id}@{sender.address.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(parcel.message.text, cte="base64")
    if parcel.message.html is not None:
        mail.add_alternative(parcel.message.html, subtype="html", cte="base64")
    return mail.as_bytes()


def _address(name: str, address: str) -> Address:
    """Of the plain form local@domain in ASCII: no quoting, no lists, no comments."""
    if not PLAIN_ADDRESS.fullmatch(address):
        raise ValueError("not a plain address")
    return Address(name, addr_spec=address)
