"""What the servers of WeChat and WeCom send us: signed, and encrypted if so configured.

Both use one scheme: SHA-1 over the sorted parts as signature; AES-256-CBC with the key
base64(EncodingAESKey + "="), IV = key[:16], PKCS#7 padding to 32 bytes, and inside 16 random bytes,
the length of the text (4 bytes, big-endian), the text, and the id of the one it is for.

Source: developers.weixin.qq.com (消息加解密说明), developer.work.weixin.qq.com (回调配置).
"""

import base64
import binascii
import hmac
import secrets
import struct
from hashlib import sha1
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

BLOCK = 32  # of the padding; AES's own is 16
RANDOM = 16


class NotGenuine(Exception):
    """The signature does not match, or what is inside is not for us."""


class NotReadable(Exception):
    """Not XML of the kind that is sent to callbacks."""


def signature(*parts: str) -> str:
    """Of token, timestamp, nonce and, if encrypted, the encrypted text, in any order."""
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check_signature(claimed: str, *parts: str) -> None:
    """Raises: NotGenuine."""
    if not hmac.compare_digest(signature(*parts).encode(), claimed.encode()):
        raise NotGenuine("the signature does not match")


class CallbackCipher:
    """Opens and closes encrypted messages. `receiver` is the appid or the corpid."""

    def __init__(self, encoding_aes_key: str, receiver: str) -> None:
        """Raises: ValueError when the key is not 43 characters of base64."""
        key = base64.b64decode(encoding_aes_key + "=", validate=True)
        if len(key) != 32:
            raise ValueError("an EncodingAESKey has 43 characters")
        self._cipher = Cipher(algorithms.AES256(key), modes.CBC(key[:16]))
        self._receiver = receiver.encode()

    def decrypt(self, encrypted: str) -> bytes:
        """Raises: NotGenuine. Check the signature first: padding is no proof of origin."""
        try:
            decryptor = self._cipher.decryptor()
            padded = decryptor.update(base64.b64decode(encrypted, validate=True))
            padded += decryptor.finalize()
        except (ValueError, binascii.Error):
            raise NotGenuine("not encrypted in whole blocks") from None
        plain = padded[RANDOM : -_padding(padded)]
        length, rest = plain[:4], plain[4:]
        if len(length) < 4:
            raise NotGenuine("too short")
        end = struct.unpack(">I", length)[0]
        text, receiver = rest[:end], rest[end:]
        if len(text) != end or not hmac.compare_digest(receiver, self._receiver):
            raise NotGenuine("not for us")
        return text

    def encrypt(self, text: bytes, *, random: bytes | None = None) -> str:
        """Base64. `random` is 16 bytes, fresh ones unless a test says which."""
        random = secrets.token_bytes(RANDOM) if random is None else random
        plain = random + struct.pack(">I", len(text)) + text + self._receiver
        missing = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        closed = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
        return base64.b64encode(closed).decode()


def _padding(padded: bytes) -> int:
    missing = padded[-1] if padded else 0
    if not 1 <= missing <= BLOCK or padded[-missing:] != bytes([missing]) * missing:
        raise NotGenuine("wrong padding")
    return missing


def fields(xml: bytes) -> dict[str, str]:
    """The texts of the elements below the root; what is deeper has names joined by dots.

    Raises: NotReadable, also for a document that declares entities or a document type.
    """
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise NotReadable from None
    found: dict[str, str] = {}
    _collect(root, "", found)
    return found


def _collect(element: Element, prefix: str, found: dict[str, str]) -> None:
    for child in element:
        name = f"{prefix}{child.tag}"
        if len(child):
            _collect(child, f"{name}.", found)
        else:
            found[name] = (child.text or "").strip()
