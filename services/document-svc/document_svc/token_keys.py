"""Seal keys in a token (PKCS#11 v2.40: HSM, USB key, SoftHSM): made there, used there, gone there.

Only the signing process imports this. What the database keeps of a key is its name (RFC 7512) and
its certificates; the private key itself never leaves the token.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from secrets import token_bytes
from typing import Any, NoReturn
from urllib.parse import quote, unquote_to_bytes

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11.constants import TokenFlag
from pkcs11.util.ec import encode_named_curve_parameters

from document_svc.keys import NAMED, Credential, KeyMissing, TokenAbsent, WrongPin

_CURVE = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
_STAYS_INSIDE = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
_LEFT_TO_A_PERSON = TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED
_CHALLENGE = b"is this the certificate's key?"


class TokenKeys:
    """Logs in at once and stays so. Raises: TokenAbsent, WrongPin."""

    def __init__(self, module: Path, label: str, pin_file: Path) -> None:
        self._label = label
        pin = pin_file.read_text(encoding="utf-8").strip()
        with _reaching(f"token {label}"):
            token = pkcs11.lib(str(module)).get_token(token_label=label)
            if may_lock_itself(token.flags):
                raise WrongPin("one more wrong PIN locks the token: log in by hand first")
            self._session = token.open(rw=True, user_pin=pin)
        self._known = lru_cache(maxsize=512)(self._found)

    def new_key(self, owner: str) -> "TokenKey":
        name = token_bytes(16)
        with _reaching("a new key"):
            curve = self._session.create_domain_parameters(pkcs11.KeyType.EC, _CURVE, local=True)
            public, private = curve.generate_keypair(
                id=name,
                label=owner,
                store=True,
                capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
                private_template=_STAYS_INSIDE,
            )
            # An OCTET STRING around the point (PKCS#11 v2.40, 2.3.3): two bytes before P-256's 65.
            point = bytes(public[pkcs11.Attribute.EC_POINT])[-65:]
        return TokenKey(
            name, private, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        )

    def put_away(self, credential: Credential) -> bytes:
        if not isinstance(credential.key, TokenKey):
            raise TypeError("a key that is not in the token")
        label, name = quote(self._label), quote(credential.key.name, safe="")
        chain = dict.fromkeys((credential.certificate, credential.issuer))
        pem = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
        return NAMED + f"token={label};type=private;id={name}\n".encode() + pem

    def opened(self, kept: bytes) -> Credential:
        return self._known(kept)

    def destroy(self, kept: bytes) -> None:
        with _reaching("the key to destroy"):
            for each in list(self._session.get_objects({pkcs11.Attribute.ID: _name_in(kept)})):
                each.destroy()
        self._known.cache_clear()

    def _found(self, kept: bytes) -> Credential:
        chain = x509.load_pem_x509_certificates(kept)
        public = chain[0].public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise KeyMissing("the certificate is for no P-256 key")
        with _reaching("the key"):
            held = self._session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=_name_in(kept))
        key = TokenKey(_name_in(kept), held, public)
        try:
            public.verify(key.sign(_CHALLENGE, _ECDSA), _CHALLENGE, _ECDSA)
        except InvalidSignature as error:
            raise KeyMissing("the token's key is not the certificate's") from error
        return Credential(key, chain[0], chain[-1])


class TokenKey(ec.EllipticCurvePrivateKey):
    """A P-256 key in a token, as what issues certificates and signs takes one."""

    def __init__(self, name: bytes, held: Any, public: ec.EllipticCurvePublicKey) -> None:
        self.name = name
        self._held = held
        self._public = public

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """ECDSA with SHA-256, in DER; the token chooses its random number."""
        if not isinstance(signature_algorithm.algorithm, SHA256):
            raise TypeError("SHA-256 only")
        digest = Hash(SHA256())
        digest.update(data)
        with _reaching("the key"):
            made = self._held.sign(digest.finalize(), mechanism=pkcs11.Mechanism.ECDSA)
        half = len(made) // 2
        return encode_dss_signature(
            int.from_bytes(made[:half], "big"), int.from_bytes(made[half:], "big")
        )

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def exchange(self, *_: object) -> NoReturn:
        raise TypeError("the key is for signatures")

    def private_numbers(self) -> NoReturn:
        raise TypeError("the key does not leave its token")

    def private_bytes(self, *_: object) -> NoReturn:
        raise TypeError("the key does not leave its token")

    def __copy__(self) -> "TokenKey":
        return self

    def __deepcopy__(self, _memo: object) -> "TokenKey":
        return self


_ECDSA = ec.ECDSA(SHA256())


def may_lock_itself(flags: int) -> bool:
    """Whether the token lets a PIN be tried once more at most."""
    return bool(flags & _LEFT_TO_A_PERSON)


def _name_in(kept: bytes) -> bytes:
    first, _, _ = kept.partition(b"\n")
    return unquote_to_bytes(first.rpartition(b"id=")[2])


@contextmanager
def _reaching(what: str) -> Iterator[None]:
    """Names the token's trouble. Raises: TokenAbsent, WrongPin, KeyMissing."""
    try:
        yield
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
        raise WrongPin(f"{what}: {type(error).__name__}") from error
    except pkcs11.NoSuchKey as error:
        raise KeyMissing(f"{what} is not in the token") from error
    except pkcs11.PKCS11Error as error:
        raise TokenAbsent(f"{what}: {type(error).__name__} {error}".rstrip()) from error
