"""How private keys are kept: here under a passphrase (PKCS#12), or in a token (`token_keys.py`).

Both keep a department's key with its certificate, and give back what to sign with.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from document_svc.cms import CONTENTS_BYTES, detached_signature
from shared.retry import Retry

NAMED = b"pkcs11:"  # how what is kept of a key in a token begins (RFC 7512)


class WrongPassphrase(ValueError):
    """The passphrase does not open what is kept; nothing can be sealed until it does."""


class KeysAway(Retry):
    """A key cannot be used now; what it is to seal waits. `code` is for people's programs."""

    code: ClassVar[str] = "signer_away"


class TokenAbsent(KeysAway):
    """The token (PKCS#11) is not there, or has gone away."""

    code = "token_absent"


class WrongPin(KeysAway):
    """The token does not take the PIN. It is not tried again: tokens lock themselves."""

    code = "wrong_pin"


class KeyMissing(KeysAway):
    """The token does not hold the key that belongs to the certificate."""

    code = "key_missing"


@dataclass(frozen=True)
class Credential:
    """A private key, its certificate, and the certificate of who issued it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def room(self) -> int:
        return CONTENTS_BYTES

    def sign(self, digest: bytes) -> bytes:
        """A CMS signature over content with this SHA-256."""
        return detached_signature(
            digest, key=self.key, certificate=self.certificate, issuer=self.issuer
        )


class Keeper(Protocol):
    """A place for private keys. Everything may raise KeysAway."""

    def new_key(self, owner: str) -> ec.EllipticCurvePrivateKey:
        """A P-256 key; `owner` is for people who look into a token."""

    def put_away(self, credential: Credential) -> bytes:
        """What the database keeps of it; no private key can be read from that."""

    def opened(self, kept: bytes) -> Credential:
        """What was put away. Raises: WrongPassphrase, KeyMissing."""

    def destroy(self, kept: bytes) -> None:
        """The key is gone afterwards. Done again, it does nothing."""


class PassphraseKeys:
    """PKCS#12 under a passphrase that only the deployment knows."""

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase

    def new_key(self, owner: str) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    def put_away(self, credential: Credential) -> bytes:
        above = None if credential.issuer is credential.certificate else [credential.issuer]
        return pkcs12.serialize_key_and_certificates(
            None,
            credential.key,
            credential.certificate,
            above,
            BestAvailableEncryption(self._passphrase.encode()),
        )

    def opened(self, kept: bytes) -> Credential:
        return _opened(kept, self._passphrase)

    def destroy(self, kept: bytes) -> None:
        """It is gone with the database's copy; nothing of it is held elsewhere."""


@lru_cache(maxsize=512)
def _opened(kept: bytes, passphrase: str) -> Credential:
    """Kept in memory, since to open it takes longer than to sign with it."""
    try:
        found = pkcs12.load_pkcs12(kept, passphrase.encode())
    except ValueError as error:
        raise WrongPassphrase from error
    if not isinstance(found.key, ec.EllipticCurvePrivateKey) or found.cert is None:
        raise WrongPassphrase("no P-256 key and certificate inside")
    certificate = found.cert.certificate
    issuers = [extra.certificate for extra in found.additional_certs]
    return Credential(found.key, certificate, issuers[0] if issuers else certificate)
