"""Mail, one SMTP transaction a message (RFC 5321).

One recipient a transaction, because a server that refuses one of several does so without an error;
one connection a message, because a connection kept open goes stale between two messages.
"""

import asyncio
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from zoneinfo import ZoneInfo

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException

from notify_svc.channels import Parcel
from notify_svc.domain import Outcome, Result

# 421: the server is closing; 53x: it is our own sign-in that is refused, which an operator mends.
NOT_ABOUT_THE_MESSAGE = frozenset({421, 530, 534, 535, 538})

PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    starttls: bool  # required, never “if offered”: a stripped offer must not lead to clear text
    user: str | None
    password: str | None
    timeout_seconds: float  # for the whole transaction


@dataclass(frozen=True, slots=True)
class From:
    """`zone` is that of the Date header."""

    address: str
    name: str
    zone: ZoneInfo


class Mail:
    def __init__(self, server: MailServer, sender: From) -> None:
        self._server = server
        self._from = sender

    async def send(self, parcel: Parcel) -> Result:
        try:
            content = compose(parcel, self._from)
        except ValueError:
            return Result(Outcome.REFUSED, "the name, address or subject cannot stand in a header")
        transaction = _Transaction(self._server, self._from.address, parcel.to, content)
        try:
            async with asyncio.timeout(self._server.timeout_seconds):
                await transaction.run()
        except SMTPResponseException as error:
            return transaction.answered(error)
        except (SMTPException, OSError) as error:  # TimeoutError is an OSError
            return transaction.broken(error)
        return Result(Outcome.ACCEPTED)


class _Transaction:
    """Remembers how far it came: what breaks before the content goes out can be done again."""

    def __init__(self, server: MailServer, sender: str, to: str, content: bytes) -> None:
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
            password=server.password,
            timeout=server.timeout_seconds,
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
        about_us = isinstance(error, SMTPHeloError) or error.code in NOT_ABOUT_THE_MESSAGE
        later = error.code < 500 or about_us or self._stage == "connect"
        outcome = Outcome.RETRY if later else Outcome.REFUSED
        return Result(outcome, f"the mail server answered {error.code} at {self._stage}")

    def broken(self, error: Exception) -> Result:
        if self._stage == "quit":
            return Result(Outcome.ACCEPTED)
        outcome = Outcome.UNKNOWN if self._stage == "data" else Outcome.RETRY
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
