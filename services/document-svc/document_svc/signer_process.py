"""The process that holds the seals' private keys: `python -m document_svc.signer_process`.

It reads requests from standard input and answers on standard output, one after the other; it has
no network, no database, and no other task. Its first message says where its passphrase is. It ends
when its input does, so that it never outlives document-svc, however that died.

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

from document_svc.certificates import create_authority, issue, opened

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


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_NOT_DUMPABLE, 0, 0, 0, 0)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    first = read_message(requests)
    if first is None:
        return
    passphrase = first.get("passphrase") or Path(first["file"]).read_text(encoding="utf-8").strip()
    write_message(answers, {"ready": len(passphrase) >= SHORTEST_PASSPHRASE})
    while (request := read_message(requests)) is not None:
        try:
            answer = _DOING[request["do"]](request, passphrase)
        except Exception as error:  # told, not died of: the next seal is another one
            answer = {"error": type(error).__name__, "detail": str(error)}
        write_message(answers, answer)


def _authority(request: Message, passphrase: str) -> Message:
    now = datetime.fromisoformat(request["now"])
    kept = create_authority(request["organisation"], now=now, passphrase=passphrase)
    return _told(kept, passphrase)


def _issue(request: Message, passphrase: str) -> Message:
    kept = issue(
        opened(unpacked(request["authority"]), passphrase),
        organisation=request["organisation"],
        unit=request["unit"],
        unit_id=UUID(request["unit_id"]),
        valid_from=datetime.fromisoformat(request["valid_from"]),
        passphrase=passphrase,
    )
    return _told(kept, passphrase)


def _certificate(request: Message, passphrase: str) -> Message:
    return _told(unpacked(request["kept"]), passphrase)


def _sign(request: Message, passphrase: str) -> Message:
    credential = opened(unpacked(request["kept"]), passphrase)
    return {"signature": packed(credential.sign(unpacked(request["digest"])))}


def _told(kept: bytes, passphrase: str) -> Message:
    certificate = opened(kept, passphrase).certificate.public_bytes(Encoding.DER)
    return {"kept": packed(kept), "certificate": packed(certificate)}


_DOING: dict[str, Callable[[Message, str], Message]] = {
    "authority": _authority,
    "issue": _issue,
    "certificate": _certificate,
    "sign": _sign,
}


if __name__ == "__main__":
    main()
