"""Which headers pass the gateway."""

import pytest

from gateway.headers import end_to_end, passed_on

SPOOFED = (
    b"authorization",
    b"cookie",
    b"forwarded",
    b"proxy-authorization",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-forwarded-user",
    b"x-original-url",
    b"x-real-ip",
    b"x-remote-user",
    b"x-request-id",
    b"x-user-id",
    b"x-user-name",
)


@pytest.mark.parametrize("name", SPOOFED)
def test_what_a_caller_claims_to_be_stays_outside(name):
    assert passed_on([(name, b"1"), (b"accept", b"*/*")]) == [(b"accept", b"*/*")]


@pytest.mark.parametrize("name", [b"If-Match", b"Idempotency-Key", b"Range", b"Content-Length"])
def test_what_the_services_work_with_passes(name):
    assert passed_on([(name.lower(), b"1")]) == [(name.lower(), b"1")]


def test_what_belongs_to_one_connection_ends_with_it():
    sent = [
        (b"Connection", b"close, X-Secret"),
        (b"X-Secret", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Upgrade", b"h2c"),
        (b"Server", b"uvicorn"),
        (b"Date", b"Wed, 01 May 2024 08:00:00 GMT"),
        (b"ETag", b'"1"'),
    ]
    assert end_to_end(sent) == [(b"etag", b'"1"')]
