"""Who seals: a certificate authority of the installation's own, and a certificate a department.

An institution that has certificates from a public authority keeps those in the same place.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from document_svc.keys import Credential, Keeper

AUTHORITY_YEARS = 20
SEAL_YEARS = 5
_LONGEST_NAME = 64  # ub-common-name, ub-organization-name (RFC 5280, appendix A.1)


def create_authority(organisation: str, *, now: datetime, keeper: Keeper) -> bytes:
    """A new self-signed authority, put away."""
    common = f"{organisation}电子印章证书颁发机构"
    key = keeper.new_key(common)
    name = _name(organisation, common)
    certificate = (
        _builder(name, name, key, now=now, years=AUTHORITY_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(key, SHA256())
    )
    return keeper.put_away(Credential(key, certificate, certificate))


def issue(
    authority: Credential, *, organisation: str, unit: str, unit_id: UUID, valid_from: datetime,
    keeper: Keeper, lists_at: str | None = None,
) -> bytes:  # fmt: skip
    """A department's own key and certificate, put away. Takes some 15 ms.

    `lists_at`: where the authority's revocation list is to be had.
    """
    key = keeper.new_key(unit)
    signer = authority.certificate
    name = _name(organisation, unit, unit_id)
    builder = (
        _builder(name, signer.subject, key, now=valid_from, years=SEAL_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(_DOCUMENT_SIGNING, critical=False)
        .add_extension(_issued_by(authority), critical=False)
    )
    if lists_at is not None:
        builder = builder.add_extension(_listed_at(lists_at), critical=False)
    certificate = builder.sign(authority.key, SHA256())
    return keeper.put_away(Credential(key, certificate, signer))


def revocation_list(
    authority: Credential, revoked: Iterable[tuple[str, datetime]], *, number: int,
    now: datetime, until: datetime,
) -> bytes:  # fmt: skip
    """A CRL in DER. `revoked`: serial number in hexadecimal, since when."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - timedelta(minutes=10))  # clocks of readers differ
        .next_update(until)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issued_by(authority), critical=False)
    )
    for serial, at in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(int(serial, 16))
            .revocation_date(at)
            .add_extension(x509.CRLReason(x509.ReasonFlags.cessation_of_operation), critical=False)
        )
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, SHA256()).public_bytes(Encoding.DER)


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


def _listed_at(url: str) -> x509.CRLDistributionPoints:
    name = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([name], None, None, None)])


def _issued_by(authority: Credential) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
