"""The one who signs the record's checkpoints (`shared/record/checkpoint.py`), and how it ends."""

import base64
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.organisation import Organisation
from shared.record.checkpoint import Checkpoint, CheckpointReader, key_hash, text_of
from shared.record.ending import Ending, signed_ending


class Notary:
    """Signs checkpoints of one organisation's record and reads them."""

    def __init__(self, private_key: Path, organisation: Organisation) -> None:
        pem = private_key.read_bytes()
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{private_key} holds no Ed25519 key")
        self._key = key
        self._pem = pem
        self.origin = f"{urlsplit(organisation.portal_url).netloc}/sealflow-record"
        self._reader = CheckpointReader([key.public_key()], origin=self.origin)

    def sign(self, checkpoint: Checkpoint) -> str:
        text = text_of(checkpoint, self.origin)
        signature = key_hash(self._key.public_key(), self.origin) + self._key.sign(text.encode())
        return f"{text}\n— {self.origin} {base64.b64encode(signature).decode()}\n"

    def read(self, note: str) -> Checkpoint:
        """Raises: NotOurCheckpoint."""
        return self._reader.read(note)

    def sign_ending(self, ending: Ending) -> str:
        """Says that a request's record has just these rows."""
        return signed_ending(ending, self._pem)
