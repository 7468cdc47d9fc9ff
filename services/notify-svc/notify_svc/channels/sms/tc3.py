"""Signature of Tencent Cloud's API: TC3-HMAC-SHA256.

Source: cloud.tencent.com/document/api/382/52072 (签名方法 v3).
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

ALGORITHM = "TC3-HMAC-SHA256"


def canonical_request(headers: Mapping[str, str], body: bytes) -> str:
    """Of a POST to /. `headers`: those that are signed, names and values in lower case."""
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    names = ";".join(sorted(headers))
    return "\n".join(("POST", "/", "", lines, names, sha256(body).hexdigest()))


def sign(secret: str, *, service: str, timestamp: int, canonical: str) -> str:
    """Hexadecimal. `timestamp`: seconds since 1970."""
    day = _day(timestamp)
    digest = sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{day}/{service}/tc3_request\n{digest}"
    key = _keyed(_keyed(_keyed(b"TC3" + secret.encode(), day), service), "tc3_request")
    return _keyed(key, text).hex()


def authorization(
    key_id: str,
    secret: str,
    *,
    service: str,
    timestamp: int,
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The header's value; all of `headers` are signed."""
    canonical = canonical_request(headers, body)
    proof = sign(secret, service=service, timestamp=timestamp, canonical=canonical)
    scope = f"{key_id}/{_day(timestamp)}/{service}/tc3_request"
    names = ";".join(sorted(headers))
    return f"{ALGORITHM} Credential={scope}, SignedHeaders={names}, Signature={proof}"


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), sha256).digest()
