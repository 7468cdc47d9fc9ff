"""Ed25519 key pairs as PEM files: one service signs with the private one, others check."""

import os
import re
from pathlib import Path

from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"  # its registered name (RFC 9864)
_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


def create_key_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """A new pair, private readable by its owner only; an existing pair is kept.

    Returns: the paths of the private and the public key.
    """
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    if not private.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = OKPKey.generate_key("Ed25519")
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.as_pem(private=True))
        public.write_bytes(key.as_pem(private=False))
    return private, public


def public_keys_in(file: Path) -> list[bytes]:
    """Each public key of the file, as PEM: there are several while one is replaced.

    Raises: OSError; ValueError when there is none.
    """
    found = _PUBLIC.findall(file.read_bytes())
    if not found:
        raise ValueError(f"no public key in {file}")
    return found
