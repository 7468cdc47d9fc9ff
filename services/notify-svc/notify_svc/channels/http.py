"""Asking a provider over HTTP, with the distinction that matters: may our request have counted?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    import aiohttp

LARGEST_ANSWER = 1 << 20  # bytes
# Shorter than any provider keeps an idle connection, so that nothing is sent into a closing one.
KEEP_ALIVE_SECONDS = 3.0
CONNECT_SECONDS = 5.0
CONNECTIONS = 100  # to one provider at once; more wait their turn


class NotSent(Exception):
    """The provider certainly did not get the request."""


class NoAnswer(Exception):
    """The provider may have got the request and done what it says."""


class NotUnderstood(Exception):
    """The answer is not of the shape that the provider documents."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after: timedelta | None = None
    skew: timedelta | None = None  # the provider's clock minus ours

    def json(self) -> dict[str, Any]:
        """Raises: NotUnderstood unless the body is a JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            raise NotUnderstood("the answer is not JSON") from None
        if not isinstance(value, dict):
            raise NotUnderstood("the answer is not a JSON object")
        return value


class Web:
    """Connections to the providers; close it. Neither follows redirects nor keeps cookies."""

    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Raises: NotSent, NoAnswer. Neither names the URL, which may hold a token."""
        # It takes long to import, and where no provider is configured nothing needs it.
        import aiohttp  # noqa: PLC0415
        from yarl import URL  # noqa: PLC0415

        # Encoded as it is signed: a space is %20, never +.
        encoded = "?" + urlencode(query, quote_via=quote, safe="-._~") if query else ""
        target = URL(url + encoded, encoded=True)
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(CONNECT_SECONDS, seconds))
        try:
            async with self._connections().request(
                method, target, headers=headers, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                content = await _content(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None
        return Answer(
            response.status,
            content,
            retry_after=_seconds(response.headers.get("Retry-After")),
            skew=_skew(response.headers.get("Date")),
        )

    async def ask_json(
        self,
        url: str,
        value: object,
        *,
        seconds: float,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """POSTs `value`. Characters stay what they are: WeChat shows \\u escapes as they come."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        return await self.ask("POST", url, seconds=seconds, query=query, headers=headers, body=body)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _connections(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415

        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit_per_host=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": "sealflow"},
            )
            # It would repeat a GET or PUT whose connection broke; but there are gateways that send
            # by GET, and whether anything is repeated is decided elsewhere.
            self._client._retry_connection = False
        return self._client


async def _content(response: "aiohttp.ClientResponse") -> bytes:
    """The body, cut where no provider's answer ends."""
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            break
    return content[:LARGEST_ANSWER]


def _seconds(retry_after: str | None) -> timedelta | None:
    """Of the form in seconds; the form of a date is left alone."""
    if retry_after is None or not retry_after.strip().isdigit():
        return None
    return timedelta(seconds=min(int(retry_after), 86400))


def _skew(date: str | None) -> timedelta | None:
    try:
        return parsedate_to_datetime(date) - datetime.now(UTC) if date else None
    except (TypeError, ValueError):
        return None
