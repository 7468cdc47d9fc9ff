"""A slot for an organisation's SM2 signature server (国密签名服务器), described in a TOML file.

What it gives: beside a seal, a signature of the server's over the sheet's digest, kept as it came.
What it does not: the seal on the sheet stays a PAdES signature with ECDSA, which PDF readers check;
they do not know SM2. What the server answered is not verified here, and neither it nor the sheet is
a seal as GB/T 38540 means one. To judge it takes the server's own verification, or another's.
"""

import base64
import binascii
import json
import tomllib
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

_LARGEST_ANSWER = 64_000


class NationalServerAway(RuntimeError):
    """It does not answer, or not as described. It is asked again later."""


class HalfDescribed(ValueError):
    """The description lacks something, or says something that it cannot; the service stops."""


class NationalSignature(NamedTuple):
    value: bytes
    certificate: bytes | None


class Description(BaseModel):
    """One POST of JSON, and where in the JSON that comes back the signature stands.

    In `body`, `{key}` is the department's key at the server and `{data}` what is to be signed, in
    base64: the 32 bytes of the sheet's SHA-256. In `headers`, `{secret}` is the secret file's text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    url: str = Field(pattern=r"^https?://")
    headers: dict[str, str] = Field(default_factory=dict)
    body: str
    signature: str = Field(min_length=1)  # members, parted by dots; its value is base64
    certificate: str | None = None
    seconds: float = Field(default=5.0, gt=0)
    keys: dict[str, str] = Field(min_length=1)  # department's name → its key at the server

    @field_validator("body")
    @classmethod
    def _asks_for_both(cls, body: str) -> str:
        if "{key}" not in body or "{data}" not in body:
            raise ValueError("{key} and {data} both belong in it")
        json.loads(body)
        return body


class NationalServer:
    def __init__(self, description: Description, secret: str) -> None:
        self._described = description
        self._secret = secret

    @property
    def name(self) -> str:
        return self._described.name

    @property
    def departments(self) -> tuple[str, ...]:
        """Those that have a key at the server."""
        return tuple(self._described.keys)

    def sign(self, department: str, digest: bytes) -> NationalSignature:
        """Blocking: call from a thread. Raises: NationalServerAway."""
        asked = self._described
        body = asked.body.replace("{key}", _inside_json(asked.keys[department])).replace(
            "{data}", base64.b64encode(digest).decode()
        )
        headers = {
            name: value.replace("{secret}", self._secret) for name, value in asked.headers.items()
        }
        request = urllib.request.Request(  # noqa: S310 - the description allows http(s) only
            asked.url,
            data=body.encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=asked.seconds) as answer:  # noqa: S310
                found = json.loads(answer.read(_LARGEST_ANSWER))
            value = _bytes_at(found, asked.signature)
            above = _bytes_at(found, asked.certificate) if asked.certificate else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NationalServerAway(f"{type(error).__name__}: {error}") from error
        return NationalSignature(value, above)


def described(file: Path | None, secret_file: Path | None) -> NationalServer | None:
    """None where none is configured. Raises: HalfDescribed."""
    if file is None:
        if secret_file is not None:
            raise HalfDescribed("a secret for an SM2 server, but no description of it")
        return None
    try:
        description = Description.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        secret = secret_file.read_text(encoding="utf-8").strip() if secret_file else ""
    except (OSError, ValidationError, tomllib.TOMLDecodeError) as error:
        raise HalfDescribed(f"{file}: {error}") from error
    if not secret and any("{secret}" in value for value in description.headers.values()):
        raise HalfDescribed(f"{file}: a header wants a secret, and there is no secret file")
    return NationalServer(description, secret)


def _inside_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _bytes_at(found: Mapping[str, Any], path: str) -> bytes:
    value: Any = found
    for member in path.split("."):
        value = value[member]
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64 at {path}") from error
    if not decoded:
        raise ValueError(f"nothing at {path}")
    return decoded
