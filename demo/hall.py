"""The service hall as a visitor reaches it: over HTTP, through the gateway, and nothing else."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

Found = TypeVar("Found")

PATIENCE_SECONDS = 60.0  # for what follows an action by way of events
IMPORT_SECONDS = 180.0  # for everyone of the directory to become known, on a busy machine
LOOK_AGAIN_SECONDS = 0.05
CALL_SECONDS = 60.0


class Unexpected(Exception):
    """Something did not go as the story tells; the message says what was expected and what came."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None


async def until(
    what: str, look: Callable[[], Awaitable[Found | None]], *, seconds: float = PATIENCE_SECONDS
) -> Found:
    """Looks again and again until there is something to see. Raises: Unexpected after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := await look()) is None:
        if time.monotonic() > deadline:
            raise Unexpected(f"waited {seconds:.0f} s in vain: {what}")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return found


class Visitor:
    """Someone's browser: a cookie jar of its own. Signed in after `sign_in`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.name = "（未登录）"
        self.login = ""
        jar = aiohttp.CookieJar(unsafe=True)  # unsafe: takes cookies of an address without a name
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
        self._http = aiohttp.ClientSession(cookie_jar=jar, timeout=timeout)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`path` is below /api. Raises: Unexpected when the hall does not answer at all."""
        sent = {"Origin": self.url, **(headers or {})}
        if data is not None:
            sent["Content-Type"] = "application/octet-stream"
        try:
            async with self._http.request(
                method, f"{self.url}/api{path}", json=body, data=data, headers=sent
            ) as response:
                return Answer(response.status, response.headers.copy(), await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unexpected(f"{method} {path}: no answer from {self.url} ({error!r})") from error

    async def ask(self, method: str, path: str, *, status: int = 200, **sent: Any) -> Any:
        """The answer's JSON. Raises: Unexpected with any other status."""
        answer = await self.call(method, path, **sent)
        if answer.status != status:
            said = answer.content.decode(errors="replace")[:600]
            raise Unexpected(
                f"{self.name}: {method} {path}: expected {status}, got {answer.status}: {said}"
            )
        return answer.body

    async def sign_in(self, login: str, password: str) -> None:
        me = await self.ask("POST", "/session", body={"login": login, "password": password})
        self.name, self.login = me["name"], me["login"]

    async def close(self) -> None:
        await self._http.close()


class Hall:
    """A running product with its demonstration organisation, and everyone who visited it."""

    def __init__(self, url: str, *, visitor: type[Visitor] = Visitor) -> None:
        """`visitor`: how its visitors behave, e.g. when they get no answer."""
        self.url = url
        self._visitor = visitor
        self._visitors: dict[str, Visitor] = {}
        self._password = ""
        self.anyone = visitor(url)

    async def __aenter__(self) -> Self:
        """Raises: Unexpected when it has no demonstration accounts, or does not answer."""
        try:
            imported = self._directory_imported
            await until("the directory is imported", imported, seconds=IMPORT_SECONDS)
        except BaseException:
            await self.anyone.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for visitor in (self.anyone, *self._visitors.values()):
            await visitor.close()

    async def signed_in(self, login: str) -> Visitor:
        """The same visitor each time. Everyone of the demonstration has the same password."""
        if login not in self._visitors:
            visitor = self._visitors[login] = self._visitor(self.url)
            await visitor.sign_in(login, self._password)
        return self._visitors[login]

    async def _directory_imported(self) -> bool | None:
        organisation = await self.anyone.ask("GET", "/organisation")
        if organisation["demonstration_password"] is None:
            raise Unexpected(f"{self.url} is no demonstration: nobody can sign in for the story")
        self._password = organisation["demonstration_password"]
        known = all(account["name"] for account in organisation["demonstration"])
        return True if known else None
