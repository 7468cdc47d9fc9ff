"""Whether a request may have counted: the question on which everything else rests."""

import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from notify_svc.channels.http import Answer, NoAnswer, NotSent, NotUnderstood, Web

from tests.standins import Trouble, Troubles, serving


class Provider:
    def __init__(self) -> None:
        self.troubles = Troubles()
        self.taken: list[tuple[str, bytes, dict[str, str]]] = []
        self.answer = web.Response(text='{"a": "印"}')

    async def handle(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._take)

    async def _take(self, request: web.Request) -> web.Response:
        self.taken.append((request.raw_path, await request.read(), dict(request.headers)))
        return self.answer


@pytest.fixture
async def provider() -> Provider:
    return Provider()


@pytest.fixture
async def url(provider: Provider) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", provider.handle)
    async with serving(application) as url:
        yield url


@pytest.fixture
async def asking() -> AsyncIterator[Web]:
    asking = Web()
    yield asking
    await asking.close()


async def test_json_goes_out_as_it_is_written(asking: Web, provider: Provider, url: str) -> None:
    answer = await asking.ask_json(url + "/send", {"text": "用印 +&"}, seconds=5)
    assert answer.json() == {"a": "印"}
    ((path, body, headers),) = provider.taken
    assert (path, body) == ("/send", '{"text":"用印 +&"}'.encode())
    assert headers["Content-Type"] == "application/json; charset=utf-8"


async def test_a_query_is_encoded_as_it_is_signed(
    asking: Web, provider: Provider, url: str
) -> None:
    await asking.ask("POST", url + "/", seconds=5, query={"a": "x y+~*/", "用": "印"})
    assert provider.taken[0][0] == "/?a=x%20y%2B~%2A%2F&%E7%94%A8=%E5%8D%B0"


async def test_where_nobody_listens_nothing_was_sent(asking: Web) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent):
        await asking.ask("POST", f"http://127.0.0.1:{port}/", seconds=5)


@pytest.mark.parametrize("host", ["nowhere.invalid", "127.0.0.1"])
async def test_an_error_does_not_repeat_the_address(asking: Web, host: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent) as error:
        await asking.ask("GET", f"http://{host}:{port}/?secret=s3cret", seconds=5)
    assert "s3cret" not in repr(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize("trouble", [Trouble.HANG_UP, Trouble.TAKE_AND_HANG_UP])
async def test_a_connection_that_breaks_may_have_brought_it(
    asking: Web, provider: Provider, url: str, trouble: Trouble
) -> None:
    for method in ("POST", "GET", "PUT"):
        provider.troubles.next.append(trouble)
        with pytest.raises(NoAnswer):
            await asking.ask(method, url, seconds=5)
    # Whether it is asked again is not for the connection to decide.
    assert len(provider.taken) == (3 if trouble is Trouble.TAKE_AND_HANG_UP else 0)


async def test_an_answer_that_does_not_come_in_time_may_have_been_a_yes(
    asking: Web, provider: Provider, url: str
) -> None:
    provider.troubles.next.append(Trouble.TAKE_AND_HANG)
    with pytest.raises(NoAnswer):
        await asking.ask_json(url, {}, seconds=0.1)
    assert len(provider.taken) == 1
    provider.troubles.released.set()


async def test_redirections_are_not_followed(asking: Web, provider: Provider, url: str) -> None:
    provider.answer = web.Response(status=302, headers={"Location": url + "/elsewhere"})
    assert (await asking.ask("GET", url, seconds=5)).status == 302
    assert len(provider.taken) == 1


async def test_a_flood_is_cut(asking: Web, provider: Provider, url: str) -> None:
    provider.answer = web.Response(body=b"x" * (3 << 20))
    assert len((await asking.ask("GET", url, seconds=5)).body) == 1 << 20


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null", b"\xff\xfe", b'{"a":'])
def test_what_is_no_object_is_not_understood(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        Answer(200, body).json()


@pytest.mark.parametrize(
    ("said", "meant"),
    [("30", timedelta(seconds=30)), ("9" * 9, timedelta(days=1)), ("soon", None), ("-1", None)],
)
async def test_how_long_to_wait(
    asking: Web, provider: Provider, url: str, said: str, meant: timedelta | None
) -> None:
    provider.answer = web.Response(status=429, headers={"Retry-After": said})
    assert (await asking.ask("GET", url, seconds=5)).retry_after == meant


async def test_the_difference_of_the_clocks(asking: Web, provider: Provider, url: str) -> None:
    skew = (await asking.ask("GET", url, seconds=5)).skew
    assert skew is not None
    assert abs(skew) < timedelta(seconds=30)
    provider.answer = web.Response(headers={"Date": "Mon, 02 Mar 2020 08:00:00 GMT"})
    skew = (await asking.ask("GET", url, seconds=5)).skew
    assert skew is not None
    assert skew < timedelta(days=-365)
    provider.answer = web.Response(headers={"Date": "yesterday"})
    assert (await asking.ask("GET", url, seconds=5)).skew is None
