"""A checkpoint: how large the organisation's record is and its root, signed. Pure.

The format is C2SP's tlog-checkpoint in a signed note, so that any tool for such logs reads it:
origin, size, root in base64, an empty line, and the signature by workflow-svc's Ed25519 key. Keep
them where this system's administrators cannot reach: a record that was rewritten no longer fits.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.organisation import Organisation

_ED25519 = b"\x01"  # the signature type of a signed note


class NotOurCheckpoint(ValueError):
    """Not a checkpoint of this record, or not as it was signed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    size: int
    root: bytes


class Notary:
    """Signs checkpoints of one organisation's record and reads them."""

    def __init__(self, private_key: Path, organisation: Organisation) -> None:
        key = load_pem_private_key(private_key.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{private_key} holds no Ed25519 key")
        self._key = key
        self._public: Ed25519PublicKey = key.public_key()
        self.origin = f"{urlsplit(organisation.portal_url).netloc}/sealflow-record"

    def sign(self, checkpoint: Checkpoint) -> str:
        text = self._text(checkpoint)
        signature = self._key_hash + self._key.sign(text.encode())
        return f"{text}\n— {self.origin} {base64.b64encode(signature).decode()}\n"

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
        if (origin, dash, name) != (self.origin, "—", self.origin):
            raise NotOurCheckpoint(f"of {origin!r}, not of {self.origin!r}")
        if signature[:4] != self._key_hash:
            raise NotOurCheckpoint("signed with another key")
        try:
            self._public.verify(signature[4:], self._text(checkpoint).encode())
        except InvalidSignature as error:
            raise NotOurCheckpoint("not as it was signed") from error
        return checkpoint

    def _text(self, checkpoint: Checkpoint) -> str:
        root = base64.b64encode(checkpoint.root).decode()
        return f"{self.origin}\n{checkpoint.size}\n{root}\n"

    @property
    def _key_hash(self) -> bytes:
        raw = self._public.public_bytes_raw()
        return sha256(f"{self.origin}\n".encode() + _ED25519 + raw).digest()[:4]
