"""Time stamps of a trusted third party (RFC 3161) on our signatures: PAdES level B-T.

The authority is asked over HTTP for a token over the signature's bytes, which then becomes an
unsigned attribute of the CMS (RFC 5652, 11.4; RFC 3161, appendix A). Blocking: call from a thread.
"""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from hashlib import sha256

from shared.retry import Retry

_INTEGER, _OCTETS, _NULL, _SEQUENCE, _SET = 0x02, 0x04, b"\x05\x00", 0x30, 0x31
_UNSIGNED = 0xA1  # [1], constructed: the unsigned attributes
_SHA256 = bytes.fromhex("0609608648016503040201")  # 2.16.840.1.101.3.4.2.1
_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")  # 1.2.840.113549.1.9.16.2.14
_GRANTED = (0, 1)  # also "granted with modifications"
_LARGEST_ANSWER = 64_000
_REST_SECONDS = 30.0


class TimestampAway(Retry):
    """The time-stamping authority does not answer, or not what was asked."""


class TimestampAuthority:
    """Asked at `url`, with at most `seconds` for an answer.

    After a failure it is let alone for half a minute, so that not every seal waits in vain.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"no web address: {url}")
        self._url = url
        self._seconds = seconds
        self._away_until = 0.0

    def stamped(self, cms: bytes) -> bytes:
        """The CMS signature with a time stamp over it. Raises: TimestampAway."""
        if time.monotonic() < self._away_until:
            raise TimestampAway("the time-stamping authority did not answer a moment ago")
        try:
            return with_token(cms, self._token(sha256(_signature_value(cms)).digest()))
        except (OSError, ValueError, IndexError) as error:
            self._away_until = time.monotonic() + _REST_SECONDS
            raise TimestampAway(f"{type(error).__name__}: {error}") from error

    def _token(self, digest: bytes) -> bytes:
        nonce = secrets.token_bytes(8)
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self._url,
            data=_request(digest, nonce),
            headers={"Content-Type": "application/timestamp-query"},
        )
        with urllib.request.urlopen(request, timeout=self._seconds) as answer:  # noqa: S310
            body = answer.read(_LARGEST_ANSWER)
        return token_of(body, digest, nonce)


def token_of(answer: bytes, digest: bytes, nonce: bytes) -> bytes:
    """The token of a TimeStampResp, when it is over this digest and answers this request.

    Raises: ValueError.
    """
    [whole] = _elements(answer)
    status, *tokens = _elements(whole[1])
    state = next(_elements(status[1]))
    if int.from_bytes(state[1], "big") not in _GRANTED or not tokens:
        raise ValueError("the authority granted no time stamp")
    token = tokens[0][2]
    if _der(_OCTETS, digest) not in token or _integer(nonce) not in token:
        raise ValueError("a time stamp for something else")
    return token


def with_token(cms: bytes, token: bytes) -> bytes:
    """The CMS with the token as an unsigned attribute of its one signer."""
    [info] = _elements(cms)
    kind, content = _elements(info[1])
    [signed] = _elements(content[1])
    *before, signers = _elements(signed[1])
    [signer] = _elements(signers[1])
    attribute = _der(_SEQUENCE, _TOKEN + _der(_SET, token))
    with_attribute = _der(_SEQUENCE, signer[1] + _der(_UNSIGNED, attribute))
    parts = b"".join(part[2] for part in before) + _der(_SET, with_attribute)
    return _der(_SEQUENCE, kind[2] + _der(content[0], _der(_SEQUENCE, parts)))


def _signature_value(cms: bytes) -> bytes:
    [info] = _elements(cms)
    _, content = _elements(info[1])
    [signed] = _elements(content[1])
    *_, signers = _elements(signed[1])
    [signer] = _elements(signers[1])
    *_, signature = _elements(signer[1])
    return signature[1]


def _request(digest: bytes, nonce: bytes) -> bytes:
    algorithm = _der(_SEQUENCE, _SHA256 + _NULL)
    imprint = _der(_SEQUENCE, algorithm + _der(_OCTETS, digest))
    version, certificate_wanted = bytes.fromhex("020101"), bytes.fromhex("0101ff")
    return _der(_SEQUENCE, version + imprint + _integer(nonce) + certificate_wanted)


def _integer(positive: bytes) -> bytes:
    shortest = positive.lstrip(b"\0") or b"\0"
    return _der(_INTEGER, b"\0" * (shortest[0] >> 7) + shortest)


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _elements(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content and whole of each element. Raises: ValueError, IndexError."""
    at = 0
    while at < len(data):
        tag, size, begin = data[at], data[at + 1], at + 2
        if size & 0x80:
            begin += size & 0x7F
            size = int.from_bytes(data[at + 2 : begin], "big")
        end = begin + size
        if end > len(data):
            raise ValueError("cut off")
        yield tag, data[begin:end], data[at:end]
        at = end
