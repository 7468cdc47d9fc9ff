"""A service in another process, seen through the gateway: bodies stream, failures have names."""

import asyncio
import socket
import tracemalloc
from contextlib import asynccontextmanager

import aiohttp
import pytest
from starlette.responses import JSONResponse
from yarl import URL

from gateway import upstream
from gateway.upstream import HttpUpstream, connections
from shared import run
from shared.errors import Refusal
from shared.web import problem

CHUNK = b"x" * 65536
MEBIBYTE = 2**20
LIMIT = 0.2  # seconds; what a service is given in the tests about waiting


class Forwarding:
    """What the gateway's front does, and no more: forwards, and renders refusals."""

    def __init__(self, upstream):
        self._upstream = upstream

    async def __call__(self, scope, receive, send):
        try:
            await self._upstream(scope, receive, send)
        except Refusal as refusal:
            await problem(refusal)(scope, receive, send)


@pytest.fixture
def through(listening):
    """The URL of a gateway's upstream before `app`, or before the server at `url`."""

    @asynccontextmanager
    async def opened(app=None, *, url=None, answer_seconds=5.0):
        async with connections() as client:
            if app is None:
                upstream = HttpUpstream(url, client, answer_seconds=answer_seconds)
                async with listening(Forwarding(upstream)) as outer:
                    yield outer
                return
            async with listening(app) as inner:
                upstream = HttpUpstream(inner, client, answer_seconds=answer_seconds)
                async with listening(Forwarding(upstream)) as outer:
                    yield outer

    return opened


@pytest.fixture
async def browser():
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def body_of(receive):
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def start(send, status=200, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def finish(send, body=b""):
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def echo(scope, receive, send):
    """Answers what it was asked, as the service sees it."""
    body = b"".join([chunk async for chunk in body_of(receive)])
    seen = {
        "method": scope["method"],
        "raw_path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": [(name.decode(), value.decode()) for name, value in scope["headers"]],
        "body": body.decode(),
    }
    headers = {"x-service": "yes", "connection": "x-hop", "x-hop": "1"}
    await JSONResponse(seen, 201, headers)(scope, receive, send)


async def test_a_request_arrives_as_it_was_made(through, browser):
    async with through(echo) as url:
        target = f"{url}/drafts/%E8%8D%89%2F1/files?name=%E6%9D%90%20%E6%96%99&x=%2B"
        target = URL(target, encoded=True)
        async with browser.put(target, data=b"hello", headers={"if-match": '"3"'}) as answer:
            seen = await answer.json()
    assert answer.status == 201
    assert answer.headers["x-service"] == "yes"
    assert "x-hop" not in answer.headers
    assert seen["method"] == "PUT"
    assert seen["raw_path"] == "/drafts/%E8%8D%89%2F1/files"
    assert seen["query"] == "name=%E6%9D%90%20%E6%96%99&x=%2B"
    assert ["if-match", '"3"'] in seen["headers"]
    assert ["content-length", "5"] in seen["headers"]
    assert seen["body"] == "hello"


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_request_without_a_body_stays_without(through, browser, method):
    async with through(echo) as url, browser.request(method, url) as answer:
        seen = await answer.json()
    assert seen["body"] == ""
    assert not any(name == "transfer-encoding" for name, _ in seen["headers"])


async def test_an_upload_of_unknown_length_goes_on_in_chunks(through, browser):
    async def pieces():
        yield b"one "
        yield b"two"

    async with through(echo) as url, browser.post(url, data=pieces()) as answer:
        seen = await answer.json()
    assert seen["body"] == "one two"
    assert ["transfer-encoding", "chunked"] in seen["headers"]


async def test_the_first_bytes_of_an_upload_arrive_before_the_last_are_sent(through, browser):
    arrived = asyncio.Event()

    async def service(_scope, receive, send):
        async for chunk in body_of(receive):
            if chunk:
                arrived.set()
        await start(send)
        await finish(send)

    async def pieces():
        yield b"first"
        await arrived.wait()  # a gateway that collects the body never gets past this
        yield b"last"

    async with asyncio.timeout(5), through(service) as url, browser.post(url, data=pieces()) as a:
        assert a.status == 200


async def test_the_first_bytes_of_a_download_arrive_before_the_last_are_made(through, browser):
    read = asyncio.Event()

    async def service(_scope, _receive, send):
        await start(send)
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await read.wait()
        await finish(send, b"last")

    async with through(service) as url, asyncio.timeout(5), browser.get(url) as answer:
        assert await answer.content.readexactly(5) == b"first"
        read.set()
        assert await answer.content.read() == b"last"


async def test_64_megabytes_pass_both_ways_in_little_memory(through, browser):
    total = 64 * MEBIBYTE

    async def service(_scope, receive, send):
        received = 0
        async for chunk in body_of(receive):
            received += len(chunk)
        await start(send, headers=[(b"x-received", str(received).encode())])
        for _ in range(total // len(CHUNK)):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await finish(send)

    async def pieces():
        for _ in range(total // len(CHUNK)):
            yield CHUNK

    async with through(service) as url:
        tracemalloc.start()
        async with browser.post(url, data=pieces()) as answer:
            assert answer.headers["x-received"] == str(total)
            downloaded = 0
            async for chunk in answer.content.iter_any():
                downloaded += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert downloaded == total
    assert peak < 16 * MEBIBYTE  # of the browser, the gateway and the service together


async def test_a_refusal_while_uploading_comes_back_at_once(through, browser):
    async def service(_scope, receive, send):
        await receive()
        await start(send, 413, [(b"content-type", b"application/problem+json")])
        await finish(send, b'{"code":"file_too_large"}')

    async def endless():
        while not answered.is_set():
            yield CHUNK

    answered = asyncio.Event()
    async with asyncio.timeout(5), through(service) as url, browser.post(url, data=endless()) as a:
        answered.set()
        assert a.status == 413
        assert (await a.json(content_type=None))["code"] == "file_too_large"


async def test_a_service_that_is_away_is_named_as_such(through, browser):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody answers there
        away = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with through(url=away) as url, browser.post(url, data=b"x") as answer:
            assert answer.status == 503
            assert answer.content_type == "application/problem+json"
            said = await answer.json(content_type=None)
    assert said["code"] == "service_unavailable"
    assert "操作没有执行" in said["title"]


async def test_a_service_that_does_not_answer_is_given_up(through, browser):
    asked = asyncio.Event()

    async def service(_scope, receive, _send):
        while (await receive())["type"] != "http.disconnect":
            pass
        asked.set()

    async with through(service, answer_seconds=LIMIT) as url, browser.get(url) as answer:
        assert answer.status == 504
        assert (await answer.json(content_type=None))["code"] == "service_too_slow"
        async with asyncio.timeout(5):
            await asked.wait()  # and the service learns that nobody waits any more


async def test_a_slow_person_is_not_a_slow_service(through, browser):
    async def slowly():
        line_is_free = asyncio.Event()
        asyncio.get_running_loop().call_later(3 * LIMIT, line_is_free.set)
        yield b"first"
        await line_is_free.wait()
        yield b" last"

    async with through(echo, answer_seconds=LIMIT) as url, browser.post(url, data=slowly()) as a:
        assert (await a.json())["body"] == "first last"


async def test_a_service_that_breaks_off_before_answering_leaves_the_outcome_open(through, browser):
    async def hang_up(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    broken = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, through(url=broken) as url, browser.post(url, data=b"x") as answer:
        assert answer.status == 502
        assert (await answer.json(content_type=None))["code"] == "service_interrupted"


async def test_half_a_download_is_never_taken_for_the_whole(through, browser):
    async def half(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    broken = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, through(url=broken) as url, browser.get(url) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_person_who_leaves_while_downloading_frees_the_service(through, browser):
    left = asyncio.Event()

    async def service(_scope, receive, send):
        await start(send)
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await receive()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with through(service) as url, asyncio.timeout(5):
        answer = await browser.get(url)
        await answer.content.readexactly(5)
        answer.close()
        await left.wait()


async def test_a_person_who_leaves_while_uploading_frees_the_service(through):
    arrived, left = asyncio.Event(), asyncio.Event()

    async def service(_scope, receive, _send):
        async for chunk in body_of(receive):
            if chunk:
                arrived.set()
        left.set()

    async with through(service) as url, asyncio.timeout(5):
        port = int(url.rpartition(":")[2])
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nfirst")
        await arrived.wait()
        writer.close()
        await left.wait()


async def test_a_compressed_answer_passes_as_it_is(through, browser):
    async def service(_scope, _receive, send):
        await start(send, headers=[(b"content-encoding", b"br"), (b"content-length", b"6")])
        await finish(send, b"brotli")

    async with through(service) as url, browser.get(url) as answer:
        assert answer.headers["content-encoding"] == "br"
        assert await answer.read() == b"brotli"


async def test_a_redirect_is_the_browsers_to_follow(through, browser):
    async def service(_scope, _receive, send):
        await start(send, 307, [(b"location", b"http://127.0.0.1:1/elsewhere")])
        await finish(send)

    async with through(service) as url, browser.get(url, allow_redirects=False) as answer:
        assert answer.status == 307
        assert answer.headers["location"] == "http://127.0.0.1:1/elsewhere"


def test_an_idle_connection_is_let_go_before_the_service_closes_it():
    assert upstream.KEEP_ALIVE_SECONDS < run.KEEP_ALIVE_SECONDS
