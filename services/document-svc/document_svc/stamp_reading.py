"""Checks a time-stamp token, whoever made it (RFC 3161; RFC 5816; CMS as in RFC 5652).

RSA (PKCS #1 v1.5) and elliptic curves, with SHA-256, SHA-384 or SHA-512.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from document_svc.der import (
    FIRST,
    INTEGER,
    MOMENT,
    OCTETS,
    SEQUENCE,
    SET,
    BadSignature,
    Part,
    of,
    oid,
    parts_of,
)

_SIGNED_DATA = oid("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_STAMP_INFO = oid("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4
_CONTENT_TYPE = oid("2a864886f70d010903")  # 1.2.840.113549.1.9.3
_MESSAGE_DIGEST = oid("2a864886f70d010904")  # 1.2.840.113549.1.9.4
_NAMED_BY = {
    oid("2a864886f70d010910020c"): sha1,  # 1.2.840.113549.1.9.16.2.12, which allows nothing else
    oid("2a864886f70d010910022f"): sha256,  # 1.2.840.113549.1.9.16.2.47
}
_DIGESTS: dict[bytes, HashAlgorithm] = {
    oid("608648016503040201"): SHA256(),
    oid("608648016503040202"): SHA384(),
    oid("608648016503040203"): SHA512(),
}


@dataclass(frozen=True)
class Stamp:
    """When the signature was there, by whose word, and the certificates that came with that."""

    at: datetime
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


def checked_stamp(token: bytes, signature: bytes) -> Stamp:
    """The time stamp over this signature value. Raises: BadSignature."""
    content, certificates, info = _opened(token)
    stamp = parts_of(content)[0].parts()  # version, policy, imprint, serial number, time, …
    kind, imprint = of(stamp[2], SEQUENCE).parts()[:2]
    if of(imprint, OCTETS).content != _digest(_algorithm(kind), signature):
        raise BadSignature("时间戳不是为这个签名签发的")
    signed = of(info[3], FIRST)
    attributes = {
        part.parts()[0].whole: of(part.parts()[1], SET).parts()[0] for part in signed.parts()
    }
    algorithm = _algorithm(info[2])
    if attributes[_MESSAGE_DIGEST].content != _digest(algorithm, content):
        raise BadSignature("时间戳的内容被改动")
    if attributes[_CONTENT_TYPE].whole != _STAMP_INFO:
        raise BadSignature("时间戳的结构不符")
    signer = _named(attributes, certificates)
    _require_purpose(signer)
    _require_made_by(signer, of(info[5], OCTETS).content, signed, algorithm)
    at = _moment(of(stamp[4], MOMENT).content)
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        raise BadSignature("签发时间戳时证书不在有效期内")
    return Stamp(at, signer, tuple(each for each in certificates if each != signer))


def stamp_certificates(token: bytes) -> list[x509.Certificate]:
    """Every certificate that came with it. Raises: BadSignature."""
    return _opened(token)[1]


def _opened(token: bytes) -> tuple[bytes, list[x509.Certificate], list[Part]]:
    """What was stamped, the certificates, and the parts of the only SignerInfo."""
    kind, wrapped = of(parts_of(token)[0], SEQUENCE).parts()
    data = of(of(wrapped, FIRST).parts()[0], SEQUENCE).parts()
    inner, held = of(data[2], SEQUENCE).parts()
    if (kind.whole, inner.whole) != (_SIGNED_DATA, _STAMP_INFO):
        raise BadSignature("时间戳的结构不符")
    signers = of(data[-1], SET).parts()
    if len(signers) != 1 or len(signers[0].parts()) < 6:
        raise BadSignature("时间戳的结构不符")
    of(signers[0].parts()[0], INTEGER)
    found = [each for part in data[3:-1] if part.tag == FIRST for each in part.parts()]
    try:
        certificates = [x509.load_der_x509_certificate(each.whole) for each in found]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature("时间戳所附的证书无法读取") from error
    return of(of(held, FIRST).parts()[0], OCTETS).content, certificates, signers[0].parts()


def _named(attributes: dict[bytes, Part], known: Sequence[x509.Certificate]) -> x509.Certificate:
    """The signer's certificate, by the digest that is signed as well (ESSCertID, ESSCertIDv2)."""
    for kind, hashed in _NAMED_BY.items():
        if kind not in attributes:
            continue
        first = of(attributes[kind].parts()[0], SEQUENCE).parts()[0].parts()
        digests = [part.content for part in first if part.tag == OCTETS]
        for certificate in known:
            if digests[:1] == [hashed(certificate.public_bytes(Encoding.DER)).digest()]:
                return certificate
    raise BadSignature("时间戳中没有签发者的证书")


def _require_purpose(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise BadSignature("时间戳的证书没有签发时间戳的用途") from error
    if list(usage) != [ExtendedKeyUsageOID.TIME_STAMPING]:  # alone (RFC 3161, 2.3)
        raise BadSignature("时间戳的证书没有签发时间戳的用途")


def _require_made_by(
    certificate: x509.Certificate, signature: bytes, signed: Part, algorithm: HashAlgorithm
) -> None:
    content = bytes([SET]) + signed.whole[1:]
    try:
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), algorithm)
        else:
            raise BadSignature("时间戳使用了不支持的密钥")
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise BadSignature("时间戳的签名与证书不符") from error


def _algorithm(part: Part) -> HashAlgorithm:
    found = _DIGESTS.get(of(part, SEQUENCE).parts()[0].whole)
    if found is None:
        raise BadSignature("时间戳使用了不支持的算法")
    return found


def _digest(algorithm: HashAlgorithm, data: bytes) -> bytes:
    made = Hash(algorithm)
    made.update(data)
    return made.finalize()


def _moment(written: bytes) -> datetime:
    """GeneralizedTime in UTC, with or without parts of a second."""
    whole = written.decode("ascii", "replace").removesuffix("Z").partition(".")[0]
    try:
        return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadSignature("时间戳的时间无法读取") from error
