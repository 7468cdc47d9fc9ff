"""The process that holds the seals' private keys: `python -m document_svc.signer_process`.

It reads requests from standard input and answers on standard output, one after the other; it has
no network, no database, and no other task. Its first message says where its passphrase and its
token are. It ends when its input does, so that it never outlives document-svc, however that died;
and when its token goes away, so that the next one finds the token again.

A message is four bytes of length, big-endian, and JSON; bytes are base64 inside.
"""

import base64
import ctypes
import json
import resource
import struct
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding

from document_svc.certificates import create_authority, issue, revocation_list
from document_svc.keys import NAMED, Credential, Keeper, KeyMissing, PassphraseKeys, TokenAbsent

SHORTEST_PASSPHRASE = 12
_NOT_DUMPABLE = 4  # PR_SET_DUMPABLE (prctl(2)): nobody but root may look into our memory

Message = dict[str, Any]


def read_message(stream: IO[bytes]) -> Message | None:
    """None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    found: Message = json.loads(stream.read(struct.unpack(">L", head)[0]))
    return found


def write_message(stream: IO[bytes], message: Message) -> None:
    body = json.dumps(message).encode()
    stream.write(struct.pack(">L", len(body)) + body)
    stream.flush()


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unpacked(text: str) -> bytes:
    return base64.b64decode(text)


class Keys:
    """What is opened with a passphrase and what is in a token, side by side.

    New keys are made in the token where there is one. Raises: ValueError without either,
    OSError, TokenAbsent, WrongPin.
    """

    def __init__(self, places: Message) -> None:
        passphrase = _passphrase(places)
        if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
            raise ValueError("the passphrase is too short")
        self._here = None if passphrase is None else PassphraseKeys(passphrase)
        self._token = _token(places)
        keeper = self._token or self._here
        if keeper is None:
            raise ValueError("neither a passphrase nor a token")
        self.keeper: Keeper = keeper

    def of(self, kept: bytes) -> Keeper:
        if kept.startswith(NAMED):
            if self._token is None:
                raise KeyMissing("the key is in a token, and none is configured")
            return self._token
        if self._here is None:
            raise KeyMissing("the key is under a passphrase, and none is configured")
        return self._here

    def opened(self, kept: bytes) -> Credential:
        return self.of(kept).opened(kept)


def _passphrase(places: Message) -> str | None:
    if places.get("file") is not None:
        return Path(places["file"]).read_text(encoding="utf-8").strip()
    return places.get("passphrase")


def _token(places: Message) -> Keeper | None:
    place = places.get("token")
    if place is None:
        return None
    from document_svc.token_keys import TokenKeys  # noqa: PLC0415 - few have a token

    return TokenKeys(Path(place["module"]), place["label"], Path(place["pin_file"]))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_NOT_DUMPABLE, 0, 0, 0, 0)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    first = read_message(requests)
    if first is None:
        return
    try:
        keys = Keys(first)
    except Exception as error:
        write_message(answers, _trouble(error))
        return
    write_message(answers, {"ready": True})
    while (request := read_message(requests)) is not None:
        try:
            answer = _DOING[request["do"]](request, keys)
        except Exception as error:  # told, not died of: the next seal is another one
            answer = _trouble(error)
        write_message(answers, answer)
        if answer.get("error") == TokenAbsent.__name__:
            return


def _trouble(error: Exception) -> Message:
    return {"error": type(error).__name__, "detail": str(error)}


def _authority(request: Message, keys: Keys) -> Message:
    now = datetime.fromisoformat(request["now"])
    return _told(create_authority(request["organisation"], now=now, keeper=keys.keeper), keys)


def _issue(request: Message, keys: Keys) -> Message:
    kept = issue(
        keys.opened(unpacked(request["authority"])),
        organisation=request["organisation"],
        unit=request["unit"],
        unit_id=UUID(request["unit_id"]),
        valid_from=datetime.fromisoformat(request["valid_from"]),
        keeper=keys.keeper,
        lists_at=request["lists_at"],
    )
    return _told(kept, keys)


def _revocation_list(request: Message, keys: Keys) -> Message:
    made = revocation_list(
        keys.opened(unpacked(request["authority"])),
        [(serial, datetime.fromisoformat(at)) for serial, at in request["revoked"]],
        number=request["number"],
        now=datetime.fromisoformat(request["now"]),
        until=datetime.fromisoformat(request["until"]),
    )
    return {"list": packed(made)}


def _certificate(request: Message, keys: Keys) -> Message:
    return _told(unpacked(request["kept"]), keys)


def _sign(request: Message, keys: Keys) -> Message:
    credential = keys.opened(unpacked(request["kept"]))
    return {"signature": packed(credential.sign(unpacked(request["digest"])))}


def _destroy(request: Message, keys: Keys) -> Message:
    kept = unpacked(request["kept"])
    keys.of(kept).destroy(kept)
    return {}


def _told(kept: bytes, keys: Keys) -> Message:
    certificate = keys.opened(kept).certificate.public_bytes(Encoding.DER)
    return {"kept": packed(kept), "certificate": packed(certificate)}


_DOING: dict[str, Callable[[Message, Keys], Message]] = {
    "authority": _authority,
    "issue": _issue,
    "certificate": _certificate,
    "revocation list": _revocation_list,
    "sign": _sign,
    "destroy": _destroy,
}


if __name__ == "__main__":
    main()
