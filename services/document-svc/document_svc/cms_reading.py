"""Checks one CMS signature of a sheet, whoever made it (RFC 5652; RFC 5035; ETSI EN 319 142-1).

The counterpart of `cms.py`, and more forgiving: RSA as well as elliptic curves, and whatever
unsigned attributes a time stamp adds; that is checked in `stamp_reading.py`.
"""

from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from document_svc.der import (
    FIRST,
    INTEGER,
    OBJECT,
    OCTETS,
    SECOND,
    SEQUENCE,
    SET,
    BadSignature,
    Part,
    of,
    oid,
    parts_of,
)

_ONE = bytes.fromhex("020101")  # the integer 1
_NULL = bytes.fromhex("0500")


_DATA = oid("2a864886f70d010701")  # 1.2.840.113549.1.7.1
_SIGNED_DATA = oid("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_CONTENT_TYPE = oid("2a864886f70d010903")  # 1.2.840.113549.1.9.3
_MESSAGE_DIGEST = oid("2a864886f70d010904")  # 1.2.840.113549.1.9.4
_SIGNING_CERTIFICATE_V2 = oid("2a864886f70d010910022f")  # 1.2.840.113549.1.9.16.2.47
_SHA256 = oid("608648016503040201")  # 2.16.840.1.101.3.4.2.1
_ECDSA_SHA256 = oid("2a8648ce3d040302")  # 1.2.840.10045.4.3.2
_STAMP = oid("2a864886f70d010910020e")  # 1.2.840.113549.1.9.16.2.14
_RSA = oid("2a864886f70d010101")  # 1.2.840.113549.1.1.1
_RSA_SHA256 = oid("2a864886f70d01010b")  # 1.2.840.113549.1.1.11


@dataclass(frozen=True)
class Signer:
    """Whose key made a signature, and every certificate that came with it.

    `stamp`: the time-stamp token that came with it, if any, over `value`, the signature itself.
    """

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    value: bytes
    stamp: bytes | None


def checked(cms: bytes, digest: bytes) -> Signer:
    """The signer of content with this SHA-256. `cms` may be followed by zeros.

    Raises: BadSignature.
    """
    certificates, info = _signer_info(cms)
    issuer, serial = of(info[1], SEQUENCE).parts()
    mine = [
        each
        for each in certificates
        if each.serial_number == int.from_bytes(of(serial, INTEGER).content, "big")
        and each.issuer.public_bytes() == issuer.whole
    ]
    if not mine:
        raise BadSignature("签名中没有签名人的证书")
    _require_known_algorithms(info, mine[0])
    signed = of(info[3], FIRST)
    attributes = _attributes(signed)
    if _only(attributes, _CONTENT_TYPE, OBJECT).whole != _DATA:
        raise BadSignature("签名数据的结构不符")
    if _only(attributes, _MESSAGE_DIGEST, OCTETS).content != digest:
        raise BadSignature("签名之后内容被改动")
    if _named_certificate(attributes) != sha256(mine[0].public_bytes(Encoding.DER)).digest():
        raise BadSignature("签名所指的证书与所附证书不符")
    # As a SET, not as the [0] that stands in the message (RFC 5652, 5.4).
    content = bytes([SET]) + signed.whole[1:]
    value = of(info[5], OCTETS).content
    _require_signed_by(mine[0], value, content)
    others = tuple(each for each in certificates if each != mine[0])
    return Signer(mine[0], others, value, _stamp(info))


def stamp_in(cms: bytes) -> bytes | None:
    """The time-stamp token that came with it. Raises: BadSignature."""
    return _stamp(_signer_info(cms)[1])


def _stamp(info: list[Part]) -> bytes | None:
    if len(info) < 7:
        return None
    tokens = _attributes(of(info[6], SECOND)).get(_STAMP, [])
    if len(tokens) > 1:
        raise BadSignature("签名带有不止一个时间戳")
    return tokens[0].whole if tokens else None


def enclosed(cms: bytes) -> list[x509.Certificate]:
    """The certificates that came with it. Raises: BadSignature."""
    return _signer_info(cms)[0]


def _signer_info(cms: bytes) -> tuple[list[x509.Certificate], list[Part]]:
    """The certificates, and the parts of the only SignerInfo."""
    outer = of(parts_of(cms, several=False)[0], SEQUENCE)
    if cms[len(outer.whole) :].strip(b"\0"):
        raise BadSignature("签名之后的空位里有别的内容")
    kind, wrapped = outer.parts()
    data = of(of(wrapped, FIRST).parts()[0], SEQUENCE).parts()
    head = [kind.whole, data[0].whole, *(part.whole for part in of(data[2], SEQUENCE).parts())]
    digests = [_algorithm(each) for each in of(data[1], SET).parts()]
    if head != [_SIGNED_DATA, _ONE, _DATA] or digests != [_SHA256]:
        raise BadSignature("签名数据的结构不符")
    signers = of(data[-1], SET).parts()
    if len(signers) != 1 or len(of(signers[0], SEQUENCE).parts()) < 6:
        raise BadSignature("签名数据的结构不符")
    held = [part for part in data if part.tag == FIRST]
    try:
        certificates = [
            x509.load_der_x509_certificate(of(each, SEQUENCE).whole)
            for part in held
            for each in part.parts()
        ]
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise BadSignature("签名所附的证书无法读取") from error
    return certificates, signers[0].parts()


def _algorithm(part: Part) -> bytes:
    """Its identifier; none that is supported has parameters."""
    kind, *parameters = of(part, SEQUENCE).parts()
    if [each.whole for each in parameters] not in ([], [_NULL]):
        raise BadSignature("签名使用了不支持的算法")
    return kind.whole


def _require_known_algorithms(info: list[Part], certificate: x509.Certificate) -> None:
    try:
        elliptic = isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    except (UnsupportedAlgorithm, ValueError) as error:
        raise BadSignature("签名使用了不支持的密钥") from error
    expected = (_ECDSA_SHA256,) if elliptic else (_RSA, _RSA_SHA256)
    known = _algorithm(info[2]) == _SHA256 and _algorithm(info[4]) in expected
    if info[0].whole != _ONE or not known:
        raise BadSignature("签名使用了不支持的算法")


def _attributes(signed: Part) -> dict[bytes, list[Part]]:
    found = {}
    for attribute in signed.parts():
        kind, values = of(attribute, SEQUENCE).parts()
        found[kind.whole] = of(values, SET).parts()
    return found


def _only(attributes: dict[bytes, list[Part]], kind: bytes, tag: int) -> Part:
    values = attributes.get(kind, [])
    if len(values) != 1:
        raise BadSignature("签名缺少必需的属性")
    return of(values[0], tag)


def _named_certificate(attributes: dict[bytes, list[Part]]) -> bytes:
    """The digest of the signer's certificate that is signed as well; SHA-256 is the default."""
    named = _only(attributes, _SIGNING_CERTIFICATE_V2, SEQUENCE).parts()
    first = of(of(named[0], SEQUENCE).parts()[0], SEQUENCE).parts()
    digests = [part for part in first if part.tag == OCTETS]
    if not digests:
        raise BadSignature("签名的属性无法读取")
    return digests[0].content


def _require_signed_by(certificate: x509.Certificate, signature: bytes, content: bytes) -> None:
    try:
        key = certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), SHA256())
        else:
            raise BadSignature("签名使用了不支持的密钥")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        if isinstance(error, BadSignature):
            raise
        raise BadSignature("签名与证书的公钥不符") from error
