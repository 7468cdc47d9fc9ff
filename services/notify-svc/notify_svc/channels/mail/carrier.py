"""Sends mails and tells what became of each."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from notify_svc.channels import Carrier, Equipment, Parcel, Wire
from notify_svc.channels.mail.connections import Connection, Connections
from notify_svc.channels.mail.letter import DkimKey, From, as_data, compose
from notify_svc.channels.mail.replies import Stage, meaning
from notify_svc.channels.mail.settings import MailSettings
from notify_svc.outcomes import Blame, Outcome, Result
from shared.contracts.notify import Channel

START_INPUT, COMPLETED = 354, 250


@asynccontextmanager
async def opened(settings: MailSettings, equipment: Equipment) -> AsyncIterator["Mail"]:
    """Raises: OSError when the certificates cannot be read; ValueError for a DKIM key that is
    none."""
    organisation = equipment.runtime.organisation
    mail = Mail(
        settings, From(organisation.mail_from, organisation.mail_from_name, organisation.zone)
    )
    try:
        yield mail
    finally:
        await mail.close()


class Mail(Carrier):
    channel = Channel.MAIL
    provider = "smtp"

    def __init__(self, settings: MailSettings, sender: From) -> None:
        self._settings = settings
        self._from = sender
        domain = sender.address.partition("@")[2]
        self._connections = Connections(settings, domain)
        self._dkim = _dkim_key(settings, domain)

    async def close(self) -> None:
        await self._connections.close()

    def render(self, parcel: Parcel) -> Wire:
        content = compose(parcel, self._from)
        if self._dkim is not None:
            content = self._dkim.signed(content)
        return Wire("message/rfc822", content)

    async def send(self, parcel: Parcel) -> Result:
        try:
            content = await self._content(parcel)
        except ValueError:
            return Result(
                Outcome.REFUSED,
                "the name, address or subject cannot stand in a header",
                blame=Blame.CONTENT,
            )
        deadline = asyncio.get_running_loop().time() + self._settings.seconds
        try:
            return await self._try(parcel.to, content, deadline, new=False)
        except _Stale:  # which says nothing about the server
            return await self._try(parcel.to, content, deadline, new=True)

    async def _content(self, parcel: Parcel) -> bytes:
        """To sign takes tens of milliseconds, in which others shall go on. Raises: ValueError."""
        if self._dkim is None:
            return self.render(parcel).body
        return (await asyncio.to_thread(self.render, parcel)).body

    async def check(self) -> Sequence[str]:
        """Whether the server takes a connection of ours: name, certificate, sign-in."""
        transaction = _Transaction(self._from.address, "", b"")
        try:
            async with asyncio.timeout(self._settings.seconds), self._connections.one(new=True):
                return ()
        except SMTPResponseException as error:
            return [meaning(Stage.CONNECT, error.code, str(error.message)).reason]
        except (SMTPException, OSError) as error:
            return [transaction.broken(error).reason]

    async def _try(self, to: str, content: bytes, deadline: float, *, new: bool) -> Result:
        """Raises: _Stale."""
        transaction = _Transaction(self._from.address, to, content)
        try:
            async with (
                asyncio.timeout_at(deadline),
                self._connections.one(new=new) as connection,
            ):
                return await transaction.run(connection)
        except SMTPServerDisconnected as error:
            if transaction.on_a_kept_one and transaction.stage is not Stage.CONTENT:
                raise _Stale from error
            return transaction.broken(error)
        except SMTPResponseException as error:  # of the greeting, EHLO, STARTTLS or sign-in
            refused = meaning(Stage.CONNECT, error.code, str(error.message))
            of_the_sign_in = isinstance(error, SMTPAuthenticationError) and error.code >= 500
            return replace(refused, at_once=refused.at_once or of_the_sign_in)
        except (SMTPException, OSError) as error:  # TimeoutError is an OSError
            return transaction.broken(error)


class _Stale(Exception):
    """A connection that had been kept broke before the server had seen anything of the mail."""


class _Transaction:
    """Remembers how far it came: what breaks before the content goes out can be done again."""

    def __init__(self, sender: str, to: str, content: bytes) -> None:
        self._sender = sender
        self._to = to
        self._content = content
        self.stage = Stage.CONNECT
        self.on_a_kept_one = False

    async def run(self, connection: Connection) -> Result:
        self.on_a_kept_one = not connection.is_new
        try:
            await self._converse(connection)
        except SMTPResponseException as error:
            # The server has answered and listens again, unless it said that it will not.
            connection.fit = error.code != 421
            return meaning(self.stage, error.code, str(error.message))
        connection.fit = True
        return Result(Outcome.ACCEPTED)

    async def _converse(self, connection: Connection) -> None:
        client = connection.client
        self.stage = Stage.MAIL
        await client.mail(self._sender)
        self.stage = Stage.RCPT
        await client.rcpt(self._to)
        self.stage = Stage.DATA
        reply = await client.execute_command(b"DATA")
        if reply.code != START_INPUT:
            raise SMTPResponseException(reply.code, reply.message)
        # Not by client.data(): it does not tell whether the server has seen the content or not,
        # and on that depends whether the mail may be sent again.
        protocol = client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        protocol.write(as_data(self._content))
        self.stage = Stage.CONTENT
        reply = await protocol.read_response(timeout=client.timeout)
        if reply.code != COMPLETED:
            raise SMTPResponseException(reply.code, reply.message)

    def broken(self, error: Exception) -> Result:
        if self.stage is Stage.CONTENT:
            why = f"{type(error).__name__} after the content went out"
            return Result(Outcome.UNKNOWN, why)
        why = f"{type(error).__name__} at {self.stage}"
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return Result(Outcome.TROUBLE, f"{why}: the certificate", at_once=True)
        if self.stage is Stage.CONNECT and type(error) in (SMTPException, SMTPNotSupported):
            return Result(Outcome.TROUBLE, f"{why}: no STARTTLS or sign-in", at_once=True)
        return Result(Outcome.TROUBLE, why)


def _dkim_key(settings: MailSettings, domain: str) -> DkimKey | None:
    """Raises: ValueError for a key that is none: now, and not with the first mail."""
    if settings.dkim_key is None or settings.dkim_selector is None:
        return None
    key = DkimKey(settings.dkim_domain or domain, settings.dkim_selector, settings.dkim_key)
    key.signed(b"From: a@b.example\r\n\r\n")
    return key
