"""A checkpoint: how large the organisation's record is and its root, signed. Pure.

The format is C2SP's tlog-checkpoint in a signed note, so that any tool for such logs reads it:
origin, size, root in base64, an empty line, and the signature by workflow-svc's Ed25519 key. Keep
them where this system's administrators cannot reach: a record that was rewritten no longer fits.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ED25519 = b"\x01"  # the signature type of a signed note


class NotOurCheckpoint(ValueError):
    """Not a checkpoint of this record, or not as it was signed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    size: int
    root: bytes


class CheckpointReader:
    """Reads the checkpoints that one of these keys signed.

    `origin`: the record that they must be of; without it, whichever the key signed for.
    """

    def __init__(self, keys: Sequence[Ed25519PublicKey], *, origin: str | None = None) -> None:
        self._keys = keys
        self._origin = origin

    def read(self, note: str) -> Checkpoint:
        """Raises: NotOurCheckpoint."""
        try:
            text, _, signed = note.partition("\n\n")
            origin, size, root = text.split("\n")
            dash, name, encoded = signed.rstrip("\n").split(" ")
            checkpoint = Checkpoint(int(size), base64.b64decode(root, validate=True))
            signature = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NotOurCheckpoint("not a checkpoint") from error
        if (dash, name) != ("—", origin) or self._origin not in (None, origin):
            raise NotOurCheckpoint(f"of {origin!r}, not of {self._origin!r}")
        for key in self._keys:
            if signature[:4] == key_hash(key, origin):
                return _verified(key, signature[4:], origin, checkpoint)
        raise NotOurCheckpoint("signed with another key")


def _verified(
    key: Ed25519PublicKey, signature: bytes, origin: str, checkpoint: Checkpoint
) -> Checkpoint:
    try:
        key.verify(signature, text_of(checkpoint, origin).encode())
    except InvalidSignature as error:
        raise NotOurCheckpoint("not as it was signed") from error
    return checkpoint


def text_of(checkpoint: Checkpoint, origin: str) -> str:
    """What is signed."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{origin}\n{checkpoint.size}\n{root}\n"


def key_hash(key: Ed25519PublicKey, origin: str) -> bytes:
    raw = key.public_bytes_raw()
    return sha256(f"{origin}\n".encode() + _ED25519 + raw).digest()[:4]
