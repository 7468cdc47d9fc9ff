"""Connections to the mail server, kept for a while: TLS and sign-in cost more than a mail.

One that is kept may have gone stale. It is asked (RSET) before it is used again; and whatever
breaks before the server has seen anything of a mail is done once more on a new connection.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException

from notify_svc.channels.mail.settings import MailSettings

GOODBYE_SECONDS = 2.0


@dataclass(eq=False, slots=True)
class Connection:
    client: SMTP
    mails: int = 0
    used_at: float = 0.0  # by the loop's clock
    fit: bool = False  # to be used again: its last conversation ended as it should

    @property
    def is_new(self) -> bool:
        return self.mails == 0


class Connections:
    def __init__(self, settings: MailSettings, local_hostname: str) -> None:
        self._settings = settings
        self._local_hostname = local_hostname
        self._idle: list[Connection] = []
        self._trust = (
            ssl.create_default_context(cafile=settings.certificates)
            if settings.certificates is not None
            else None
        )

    @asynccontextmanager
    async def one(self, *, new: bool = False) -> AsyncIterator[Connection]:
        """A connection of one's own. Closed afterwards unless it is `fit`.

        Raises: SMTPException, OSError when none can be had.
        """
        connection = None if new else await self._kept()
        if connection is None:
            connection = Connection(await self._connected())
        connection.fit = False
        try:
            yield connection
        finally:
            self._take_back(connection)

    async def close(self) -> None:
        kept, self._idle = self._idle, []
        for connection in kept:
            with suppress(SMTPException, OSError):
                await connection.client.quit(timeout=GOODBYE_SECONDS)
            connection.client.close()

    async def _kept(self) -> Connection | None:
        """The one last used, if it still answers."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if now - connection.used_at < self._settings.idle_seconds:
                with suppress(SMTPException, OSError):
                    await connection.client.rset()
                    return connection
            connection.client.close()
        return None

    async def _connected(self) -> SMTP:
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=self._local_hostname,  # or it would ask the DNS each time
            use_tls=settings.tls,
            start_tls=settings.starttls and not settings.tls,
            tls_context=self._trust if settings.encrypted else None,
            username=settings.user,
            password=settings.password.get_secret_value() if settings.password else None,
            timeout=settings.seconds,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    def _take_back(self, connection: Connection) -> None:
        connection.mails += 1
        connection.used_at = asyncio.get_running_loop().time()
        usable = connection.fit and connection.client.is_connected
        settings = self._settings
        wanted = connection.mails < settings.mails_per_connection
        if usable and wanted and len(self._idle) < settings.connections:
            self._idle.append(connection)
        else:
            connection.client.close()
