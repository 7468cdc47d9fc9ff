"""A request as the description says, worked out for one message."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notify_svc.channels.sms.gateway_description import BodyFormat, RequestPart

Words = Mapping[str, object]

MEDIA_TYPES = {
    BodyFormat.JSON: "application/json; charset=utf-8",
    BodyFormat.FORM: "application/x-www-form-urlencoded; charset=utf-8",
    BodyFormat.BASE64_JSON: "application/json; charset=utf-8",
}


class BadDescription(ValueError):
    """A template in the gateway's description cannot be worked out."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None


def _digest(name: str) -> Any:
    return lambda text: hashlib.new(name, str(text).encode(), usedforsecurity=False).hexdigest()


def _keyed(name: str) -> Any:
    return lambda text, key: hmac.new(str(key).encode(), str(text).encode(), name).hexdigest()


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters |= {name: _digest(name) for name in ("md5", "sha1", "sha256")}
    environment.filters |= {f"hmac_{name}": _keyed(name) for name in ("sha1", "sha256")}
    environment.filters["base64"] = lambda text: base64.b64encode(str(text).encode()).decode()
    return environment


ENVIRONMENT = _environment()


def filled(template: str, words: Words) -> str:
    """Raises: BadDescription."""
    try:
        return ENVIRONMENT.from_string(template).render(words)
    except TemplateError as error:
        raise BadDescription(f"{template}: {error}") from None


def request(part: RequestPart, words: Words, *, instead: str | None = None) -> Request:
    """`instead`: scheme, host and port in place of the description's. Raises: BadDescription."""
    known = dict(words)
    for name, template in part.values.items():
        known[name] = filled(template, known)
    body = _body(part, known)
    known["body"] = body.decode() if body is not None else ""
    headers = {name.lower(): filled(value, known) for name, value in part.headers.items()}
    if body is not None:
        headers.setdefault("content-type", MEDIA_TYPES[part.body])
    return Request(
        method=part.method,
        url=_url(filled(part.url, known), instead),
        query={name: filled(value, known) for name, value in part.query.items()},
        headers=headers,
        body=body,
    )


def _body(part: RequestPart, words: Words) -> bytes | None:
    fields = _worked_out(part.fields, words)
    match part.body:
        case BodyFormat.NONE:
            return None
        case BodyFormat.FORM:
            return urlencode(fields, quote_via=quote).encode()
        case BodyFormat.JSON:
            return json.dumps(fields, ensure_ascii=False).encode()
        case BodyFormat.BASE64_JSON:
            return base64.b64encode(json.dumps(fields, ensure_ascii=False).encode())


def _worked_out(value: Any, words: Words) -> Any:
    """Only texts are templates: so what a message says cannot become anything but a text."""
    if isinstance(value, str):
        return filled(value, words)
    if isinstance(value, Mapping):
        return {name: _worked_out(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [_worked_out(inner, words) for inner in value]
    return value


def _url(url: str, instead: str | None) -> str:
    if instead is None:
        return url
    given, other = urlsplit(url), urlsplit(instead)
    return urlunsplit((other.scheme, other.netloc, given.path, given.query, ""))
