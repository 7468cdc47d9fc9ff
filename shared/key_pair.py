"""Ed25519 key pairs as PEM files: one service signs with the private one, others check."""

import os
from pathlib import Path

from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"  # its registered name (RFC 9864)


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
