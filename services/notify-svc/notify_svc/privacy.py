"""Personal data at rest: addresses, and what messages say.

Sealed with AES-256-GCM; found again by a keyed hash of the address. Both keys come from a secret
by HKDF. Of several secrets the first one seals and all of them open, so that a secret can be
changed while nothing is lost: put the new one in front, let `reseal` run, take the old one out.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PLAIN = "plain:"  # written before anything was sealed
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2
NAME_DIGITS = 8


class NotOurs(Exception):
    """Sealed with a secret that is not among those given, or changed since."""


class Safe:
    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: one or more; the first one seals."""
        self._keys = [_Key(secret) for secret in secrets]

    def seal(self, text: str) -> str:
        """Another text each time, even for the same one."""
        return self._keys[0].seal(text)

    def open(self, sealed: str) -> str:
        """Raises: NotOurs."""
        if sealed.startswith(PLAIN):
            return sealed.removeprefix(PLAIN)
        name, _, content = sealed.partition(":")
        for key in self._keys:
            if key.name == name:
                return key.open(content)
        raise NotOurs

    @property
    def prefix(self) -> str:
        """How everything begins that is sealed with the secret that seals today."""
        return self._keys[0].name + ":"

    def is_current(self, sealed: str) -> bool:
        return sealed.startswith(self.prefix)

    def fingerprint(self, address: str) -> str:
        """The keyed hash by which an address is found, the same each time; 32 hex digits."""
        return self._keys[0].fingerprint(address)

    def fingerprints(self, address: str) -> list[str]:
        """As it may still stand in rows that were written under an earlier secret."""
        return [key.fingerprint(address) for key in self._keys]


class _Key:
    def __init__(self, secret: str) -> None:
        material = secret.encode()
        self._cipher = AESGCM(_derived(material, b"sealing"))
        self._hash = _derived(material, b"fingerprints")
        self.name = _derived(material, b"name").hex()[:NAME_DIGITS]

    def seal(self, text: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        content = nonce + self._cipher.encrypt(nonce, text.encode(), None)
        return f"{self.name}:{base64.b64encode(content).decode()}"

    def open(self, content: str) -> str:
        raw = base64.b64decode(content)
        try:
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise NotOurs from error

    def fingerprint(self, address: str) -> str:
        digest = hmac.new(self._hash, address.strip().lower().encode(), hashlib.sha256)
        return digest.hexdigest()[:32]


def _derived(material: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"sealflow notify " + purpose).derive(material)


def masked(address: str) -> str:
    """As an operator sees it: 138****0000, l***@example.edu, lu***n."""
    local, at, domain = address.partition("@")
    if not at and address.isdigit() and len(address) > NAME_DIGITS:
        return f"{address[:3]}****{address[-4:]}"
    if at:
        return f"{local[:1]}***@{domain}"
    return f"{local[:2]}***{local[-1:]}" if len(local) > 3 else "***"
