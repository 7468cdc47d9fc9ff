"""Who seals: a certificate authority of the installation's own, and a certificate a department.

Both are kept as PKCS#12 under a passphrase that only the deployment knows. An institution that has
certificates from a public authority puts those in the same place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from document_svc.cms import CONTENTS_BYTES, detached_signature

AUTHORITY_YEARS = 20
SEAL_YEARS = 5
_LONGEST_NAME = 64  # ub-common-name, ub-organization-name (RFC 5280, appendix A.1)


class WrongPassphrase(ValueError):
    """The passphrase does not open what is kept; nothing can be sealed until it does."""


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


def create_authority(organisation: str, *, now: datetime, passphrase: str) -> bytes:
    """A new self-signed authority, as PKCS#12."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation, f"{organisation}电子印章证书颁发机构")
    certificate = (
        _builder(name, name, key, now=now, years=AUTHORITY_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(key, SHA256())
    )
    return _kept(Credential(key, certificate, certificate), passphrase)


def issue(
    authority: Credential, *, organisation: str, unit: str, unit_id: UUID, valid_from: datetime,
    passphrase: str,
) -> bytes:  # fmt: skip
    """A department's own key and certificate, as PKCS#12. Takes some 15 ms."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = authority.certificate
    name = _name(organisation, unit, unit_id)
    certificate = (
        _builder(name, signer.subject, key, now=valid_from, years=SEAL_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(_DOCUMENT_SIGNING, critical=False)
        .add_extension(_issued_by(authority), critical=False)
        .sign(authority.key, SHA256())
    )
    return _kept(Credential(key, certificate, signer), passphrase)


@lru_cache(maxsize=512)
def opened(kept: bytes, passphrase: str) -> Credential:
    """What PKCS#12 holds; kept in memory, since to open it takes longer than to sign with it.

    Raises: WrongPassphrase.
    """
    try:
        found = pkcs12.load_pkcs12(kept, passphrase.encode())
    except ValueError as error:
        raise WrongPassphrase from error
    if not isinstance(found.key, ec.EllipticCurvePrivateKey) or found.cert is None:
        raise WrongPassphrase("no P-256 key and certificate inside")
    certificate = found.cert.certificate
    issuers = [extra.certificate for extra in found.additional_certs]
    return Credential(found.key, certificate, issuers[0] if issuers else certificate)


_DOCUMENT_SIGNING = x509.ExtendedKeyUsage(
    [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]
)  # id-kp-documentSigning (RFC 9336); readers that do not know it yet ask for e-mail protection


def _name(organisation: str, common: str, unit_id: UUID | None = None) -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:_LONGEST_NAME]),
        x509.NameAttribute(NameOID.COMMON_NAME, common[:_LONGEST_NAME]),
    ]
    if unit_id is not None:  # two units may have had one name, at different times
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, str(unit_id)))
    return x509.Name(parts)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, now: datetime,
    years: int,
) -> x509.CertificateBuilder:  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of readers differ
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_by(authority: Credential) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())


def _kept(credential: Credential, passphrase: str) -> bytes:
    above = None if credential.issuer is credential.certificate else [credential.issuer]
    return pkcs12.serialize_key_and_certificates(
        None,
        credential.key,
        credential.certificate,
        above,
        BestAvailableEncryption(passphrase.encode()),
    )
