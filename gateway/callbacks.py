"""The providers' way in to notify-svc: WeChat, WeCom and SMS services tell what became of things.

They come from anywhere, sign in nowhere and prove themselves by what they send: notify-svc checks
that. So they are let through where people are not, with headers of their own; but never as a
person, nor in numbers or sizes that no provider has.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from gateway.errors import CallbackTooLarge
from gateway.headers import RawHeaders, passed_on

LARGEST = 64 * 1024  # bytes

_CALLBACK = re.compile(r"^/callbacks/[a-z][a-z0-9-]{1,19}$")
# What would claim to come from a proxy of ours.
_NOT_THEIRS = (b"x-forwarded-", b"x-real-ip", b"x-correlation-id")


def is_callback(service: str, path: bytes) -> bool:
    """`path` as it came, below the service."""
    return service == "notify" and bool(_CALLBACK.match(unquote(path.decode("latin-1"))))


def callback_headers(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """With a signature that stands in a header (X-Signature …), which nobody else's request has.

    Raises: CallbackTooLarge, by the length that is given; without one the service counts.
    """
    pairs = list(headers)
    for name, value in pairs:
        if name == b"content-length" and not (value.isdigit() and int(value) <= LARGEST):
            raise CallbackTooLarge
    theirs = [
        (name, value)
        for name, value in pairs
        if name.startswith(b"x-") and not name.startswith(_NOT_THEIRS)
    ]
    return [*passed_on(pairs), *theirs]
