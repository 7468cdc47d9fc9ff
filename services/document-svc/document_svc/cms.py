"""The CMS structure of a PAdES baseline signature (RFC 5652; ETSI EN 319 142-1, level B-B).

Only what a sheet needs: one signer, P-256 with SHA-256, the content detached. Validated in the
tests by an implementation that shares nothing with this one.
"""

from hashlib import sha256
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ObjectIdentifier

CONTENTS_BYTES = 3072  # room for one signature with its certificates; about half is used
STAMPED_BYTES = 16_384  # and with a time stamp, whose size is its authority's choice

_DATA = ObjectIdentifier("1.2.840.113549.1.7.1")
_SIGNED_DATA = ObjectIdentifier("1.2.840.113549.1.7.2")
_CONTENT_TYPE = ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
_SHA256 = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_ECDSA_WITH_SHA256 = ObjectIdentifier("1.2.840.10045.4.3.2")


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier


@asn1.sequence
class _CertificateDigest:  # ESSCertIDv2 (RFC 5035); SHA-256 is its default and left out
    digest: bytes


@asn1.sequence
class _SigningCertificate:
    certs: list[_CertificateDigest]


@asn1.sequence
class _Attribute:
    type: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerial
    digest_algorithm: _Algorithm
    signed: Annotated[asn1.SetOf[_Attribute], asn1.Implicit(0)]
    signature_algorithm: _Algorithm
    signature: bytes


@asn1.sequence
class _Content:
    type: ObjectIdentifier


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[_Algorithm]
    content: _Content
    certificates: Annotated[asn1.SetOf[Certificate], asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    type: ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


def detached_signature(
    digest: bytes, *, key: ec.EllipticCurvePrivateKey, certificate: Certificate, issuer: Certificate
) -> bytes:
    """Signs content by its SHA-256. The same input gives the same signature (RFC 6979).

    Takes some 0.1 ms. Returns: a ContentInfo in DER with both certificates inside.
    """
    of_certificate = sha256(certificate.public_bytes(Encoding.DER)).digest()
    signed = asn1.SetOf(
        [
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_MESSAGE_DIGEST, digest),
            _attribute(
                _SIGNING_CERTIFICATE_V2,
                _SigningCertificate(certs=[_CertificateDigest(digest=of_certificate)]),
            ),
        ]
    )
    algorithm = ec.ECDSA(SHA256(), deterministic_signing=True)
    signer = _SignerInfo(
        version=1,
        signer=_IssuerAndSerial(
            issuer=asn1.decode_der(asn1.TLV, certificate.issuer.public_bytes()),
            serial=certificate.serial_number,
        ),
        digest_algorithm=_Algorithm(algorithm=_SHA256),
        signed=signed,
        signature_algorithm=_Algorithm(algorithm=_ECDSA_WITH_SHA256),
        # As a SET, not as the [0] that stands in the message (RFC 5652, 5.4).
        signature=key.sign(asn1.encode_der(signed), algorithm),
    )
    content = _SignedData(
        version=1,
        digest_algorithms=asn1.SetOf([_Algorithm(algorithm=_SHA256)]),
        content=_Content(type=_DATA),
        certificates=asn1.SetOf([certificate, issuer]),
        signers=asn1.SetOf([signer]),
    )
    return asn1.encode_der(_ContentInfo(type=_SIGNED_DATA, content=content))


def _attribute(kind: ObjectIdentifier, value: object) -> _Attribute:
    return _Attribute(
        type=kind, values=asn1.SetOf([asn1.decode_der(asn1.TLV, asn1.encode_der(value))])
    )
