"""A real SMTP server that answers as a test tells it to."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class Mailbox:
    """What the server took, and what it shall answer before it takes anything."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.sign_ins: list[tuple[bytes, bytes]] = []
        self.to_recipient: deque[str] = deque()
        self.to_content: deque[str] = deque()
        self.hang_up_after_content = False
        self.got_content = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.to_content:
            return self.to_content.popleft()
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.accepted.append(mail)
        self.got_content.set()
        await self.may_answer.wait()
        if self.hang_up_after_content:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    def authenticate(self, *arguments: Any) -> AuthResult:
        credentials = arguments[-1]
        assert isinstance(credentials, LoginPassword)
        self.sign_ins.append((credentials.login, credentials.password))
        return AuthResult(success=True)


def plain(mailbox: Mailbox) -> dict[str, Any]:
    """The channel's settings for that server."""
    return {"host": "127.0.0.1", "port": mailbox.port, "starttls": False}


@asynccontextmanager
async def listening(
    mailbox: Mailbox, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Mailbox]:
    """Serves on `port`, or on a free one; `mailbox.port` says which."""

    def serve() -> SMTP:
        if tls is None:
            return SMTP(mailbox, hostname="mail.test")
        return SMTP(
            mailbox,
            hostname="mail.test",
            tls_context=tls,
            require_starttls=True,
            authenticator=mailbox.authenticate,
            auth_required=True,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(serve, "127.0.0.1", port)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        await server.wait_closed()
