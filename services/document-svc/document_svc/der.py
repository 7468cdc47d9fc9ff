"""DER, walked by hand (ITU-T X.690): for what the declarative decoder cannot leave open."""

from dataclasses import dataclass

INTEGER, OCTETS, OBJECT, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
MOMENT = 0x18  # GeneralizedTime
FIRST, SECOND = 0xA0, 0xA1  # [0] and [1], constructed


class BadSignature(ValueError):
    """The message says what does not fit."""


@dataclass(frozen=True)
class Part:
    """One element: its tag, its content, and all of it as it stands."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list["Part"]:
        return parts_of(self.content)


def oid(content: str) -> bytes:
    """An object identifier as DER has it, from its content in hexadecimal."""
    return bytes([OBJECT, len(content) // 2]) + bytes.fromhex(content)


def of(part: Part, tag: int) -> Part:
    if part.tag != tag:
        raise BadSignature("签名数据的结构不符")
    return part


def parts_of(data: bytes, *, several: bool = True) -> list[Part]:
    """The elements that follow each other (ITU-T X.690, 8.1), or the first one alone."""
    found: list[Part] = []
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
        found.append(Part(data[at], data[at + head : end], data[at:end]))
        at = end
    if not found:
        raise BadSignature("签名数据无法读取")
    return found
