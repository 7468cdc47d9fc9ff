"""Requests whose end is ambiguous are refused whole, so that no second one hides in a first."""

import asyncio

import pytest

CORPUS = {
    "CL.TE": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "TE.CL": b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nZ\r\n0\r\n\r\n",
    "TE.TE": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "TE obfuscated": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "TE with a blank": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "CL twice": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "CL signed": b"Content-Length: +1\r\n\r\na",
    "CL folded": b"Content-Length:\r\n 1\r\n\r\na",
}


@pytest.fixture
def database_url(tmp_path):
    """One kind will do: none of these requests gets that far."""
    return f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}"


@pytest.mark.parametrize("ambiguous", CORPUS.values(), ids=CORPUS.keys())
async def test_an_ambiguous_request_never_reaches_a_service(gateway, listening, ambiguous):
    reached = []

    async def service(scope, receive, send):
        message = await receive()
        reached.append((scope["path"], message))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"reached"})

    async with gateway({"request": service}) as trial, listening(trial.app) as url:
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        hidden = b"GET /api/request/hidden HTTP/1.1\r\nHost: hall\r\n\r\n"
        writer.write(b"POST /api/request/x HTTP/1.1\r\nHost: hall\r\n" + ambiguous + hidden)
        writer.write_eof()
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"reached" not in answer
    assert "/hidden" not in [path for path, _ in reached]
