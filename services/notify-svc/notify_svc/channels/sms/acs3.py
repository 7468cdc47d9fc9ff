"""Signature of Alibaba Cloud's API: ACS3-HMAC-SHA256, RPC style.

Source: help.aliyun.com, V3 版本请求体&签名机制.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
EMPTY = sha256(b"").hexdigest()


def percent(text: str) -> str:
    """RFC 3986: all but letters, digits and -._~ is encoded."""
    return quote(text, safe="-._~")


def canonical_query(query: Mapping[str, str]) -> str:
    return "&".join(f"{percent(key)}={percent(query[key])}" for key in sorted(query))


def canonical_request(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body_hash: str
) -> str:
    """Of the headers that are signed: names in lower case, all of `headers`."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    signed = ";".join(sorted(headers))
    return "\n".join((method, path, canonical_query(query), lines, signed, body_hash))


def sign(secret: str, canonical: str) -> str:
    """Hexadecimal."""
    digest = sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), f"{ALGORITHM}\n{digest}".encode(), sha256).hexdigest()


def signed_headers(
    key_id: str, secret: str, *, query: Mapping[str, str], headers: Mapping[str, str]
) -> dict[str, str]:
    """Those given, which all are signed, and Authorization; of a POST to / without a body."""
    lowered = {name.lower(): value for name, value in headers.items()}
    lowered["x-acs-content-sha256"] = EMPTY
    proof = sign(secret, canonical_request("POST", "/", query, lowered, EMPTY))
    names = ";".join(sorted(lowered))
    credential = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={proof}"
    return {**lowered, "authorization": credential}
