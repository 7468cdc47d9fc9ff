"""Checks one CMS signature of a sheet, whoever made it (RFC 5652; RFC 5035; ETSI EN 319 142-1).

The counterpart of `cms.py`, and more forgiving: RSA as well as elliptic curves, and whatever
unsigned attributes a time stamp adds. DER is walked here by hand: the declarative decoder that
`cms.py` writes with cannot leave a part open.
"""

from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

_INTEGER, _OCTETS, _SEQUENCE, _SET = 0x02, 0x04, 0x30, 0x31
_FIRST = 0xA0  # [0], constructed

_ONE = bytes.fromhex("020101")  # the integer 1
_NULL = bytes.fromhex("0500")


def _oid(content: str) -> bytes:
    """An object identifier as DER has it, from its content in hexadecimal."""
    return bytes([0x06, len(content) // 2]) + bytes.fromhex(content)


_DATA = _oid("2a864886f70d010701")  # 1.2.840.113549.1.7.1
_SIGNED_DATA = _oid("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_CONTENT_TYPE = _oid("2a864886f70d010903")  # 1.2.840.113549.1.9.3
_MESSAGE_DIGEST = _oid("2a864886f70d010904")  # 1.2.840.113549.1.9.4
_SIGNING_CERTIFICATE_V2 = _oid("2a864886f70d010910022f")  # 1.2.840.113549.1.9.16.2.47
_SHA256 = _oid("608648016503040201")  # 2.16.840.1.101.3.4.2.1
_ECDSA_SHA256 = _oid("2a8648ce3d040302")  # 1.2.840.10045.4.3.2
_RSA = _oid("2a864886f70d010101")  # 1.2.840.113549.1.1.1
_RSA_SHA256 = _oid("2a864886f70d01010b")  # 1.2.840.113549.1.1.11


class BadSignature(ValueError):
    """The message says what does not fit."""


@dataclass(frozen=True)
class Signer:
    """Whose key made a signature, and every certificate that came with it."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class _Part:
    """One element: its tag, its content, and all of it as it stands."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list["_Part"]:
        return _parts(self.content)


def checked(cms: bytes, digest: bytes) -> Signer:
    """The signer of content with this SHA-256. `cms` may be followed by zeros.

    Raises: BadSignature.
    """
    certificates, info = _signer_info(cms)
    issuer, serial = _of(info[1], _SEQUENCE).parts()
    mine = [
        each
        for each in certificates
        if each.serial_number == int.from_bytes(_of(serial, _INTEGER).content, "big")
        and each.issuer.public_bytes() == issuer.whole
    ]
    if not mine:
        raise BadSignature("签名中没有签名人的证书")
    _require_known_algorithms(info, mine[0])
    signed = _of(info[3], _FIRST)
    attributes = _attributes(signed)
    if _only(attributes, _CONTENT_TYPE, 0x06).whole != _DATA:
        raise BadSignature("签名数据的结构不符")
    if _only(attributes, _MESSAGE_DIGEST, _OCTETS).content != digest:
        raise BadSignature("签名之后内容被改动")
    if _named_certificate(attributes) != sha256(mine[0].public_bytes(Encoding.DER)).digest():
        raise BadSignature("签名所指的证书与所附证书不符")
    # As a SET, not as the [0] that stands in the message (RFC 5652, 5.4).
    content = bytes([_SET]) + signed.whole[1:]
    _require_signed_by(mine[0], _of(info[5], _OCTETS).content, content)
    return Signer(mine[0], tuple(each for each in certificates if each != mine[0]))


def enclosed(cms: bytes) -> list[x509.Certificate]:
    """The certificates that came with it. Raises: BadSignature."""
    return _signer_info(cms)[0]


def _signer_info(cms: bytes) -> tuple[list[x509.Certificate], list[_Part]]:
    """The certificates, and the parts of the only SignerInfo."""
    outer = _of(_parts(cms, several=False)[0], _SEQUENCE)
    if cms[len(outer.whole) :].strip(b"\0"):
        raise BadSignature("签名之后的空位里有别的内容")
    kind, wrapped = outer.parts()
    data = _of(_of(wrapped, _FIRST).parts()[0], _SEQUENCE).parts()
    head = [kind.whole, data[0].whole, *(part.whole for part in _of(data[2], _SEQUENCE).parts())]
    digests = [_algorithm(each) for each in _of(data[1], _SET).parts()]
    if head != [_SIGNED_DATA, _ONE, _DATA] or digests != [_SHA256]:
        raise BadSignature("签名数据的结构不符")
    signers = _of(data[-1], _SET).parts()
    if len(signers) != 1 or len(_of(signers[0], _SEQUENCE).parts()) < 6:
        raise BadSignature("签名数据的结构不符")
    held = [part for part in data if part.tag == _FIRST]
    try:
        certificates = [
            x509.load_der_x509_certificate(_of(each, _SEQUENCE).whole)
            for part in held
            for each in part.parts()
        ]
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise BadSignature("签名所附的证书无法读取") from error
    return certificates, signers[0].parts()


def _algorithm(part: _Part) -> bytes:
    """Its identifier; none that is supported has parameters."""
    kind, *parameters = _of(part, _SEQUENCE).parts()
    if [each.whole for each in parameters] not in ([], [_NULL]):
        raise BadSignature("签名使用了不支持的算法")
    return kind.whole


def _require_known_algorithms(info: list[_Part], certificate: x509.Certificate) -> None:
    try:
        elliptic = isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    except (UnsupportedAlgorithm, ValueError) as error:
        raise BadSignature("签名使用了不支持的密钥") from error
    expected = (_ECDSA_SHA256,) if elliptic else (_RSA, _RSA_SHA256)
    known = _algorithm(info[2]) == _SHA256 and _algorithm(info[4]) in expected
    if info[0].whole != _ONE or not known:
        raise BadSignature("签名使用了不支持的算法")


def _attributes(signed: _Part) -> dict[bytes, list[_Part]]:
    found = {}
    for attribute in signed.parts():
        kind, values = _of(attribute, _SEQUENCE).parts()
        found[kind.whole] = _of(values, _SET).parts()
    return found


def _only(attributes: dict[bytes, list[_Part]], kind: bytes, tag: int) -> _Part:
    values = attributes.get(kind, [])
    if len(values) != 1:
        raise BadSignature("签名缺少必需的属性")
    return _of(values[0], tag)


def _named_certificate(attributes: dict[bytes, list[_Part]]) -> bytes:
    """The digest of the signer's certificate that is signed as well; SHA-256 is the default."""
    named = _only(attributes, _SIGNING_CERTIFICATE_V2, _SEQUENCE).parts()
    first = _of(_of(named[0], _SEQUENCE).parts()[0], _SEQUENCE).parts()
    digests = [part for part in first if part.tag == _OCTETS]
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


def _of(part: _Part, tag: int) -> _Part:
    if part.tag != tag:
        raise BadSignature("签名数据的结构不符")
    return part


def _parts(data: bytes, *, several: bool = True) -> list[_Part]:
    """The elements that follow each other (ITU-T X.690, 8.1), or the first one alone."""
    found: list[_Part] = []
    at = 0
    while at < len(data) and (several or not found):
        if at + 2 > len(data):
            raise BadSignature("签名数据无法读取")
        size, head = data[at + 1], 2
        if size & 0x80:
            digits = size & 0x7F
            size, head = int.from_bytes(data[at + 2 : at + 2 + digits], "big"), 2 + digits
        end = at + head + size
        if end > len(data) or data[at + 1] == 0x80:
            raise BadSignature("签名数据无法读取")
        found.append(_Part(data[at], data[at + head : end], data[at:end]))
        at = end
    if not found:
        raise BadSignature("签名数据无法读取")
    return found
