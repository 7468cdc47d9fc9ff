"""How many messages an SMS is paid for, and shown as on old phones.

A text of the GSM 7-bit alphabet holds 160 characters, or 153 in each part of a longer one; any
other is UCS-2 with 70, or 67 (3GPP TS 23.038, 23.040). Lengths are of the whole text, the signature
and its brackets included. The campus lines and clouds of the mainland count every text as UCS-2
(help.aliyun.com/document_detail/44335.htm), which `chinese=True` says.
"""

from dataclasses import dataclass

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")  # two septets each

LONGEST = 500  # characters that the mainland's providers take at all


@dataclass(frozen=True, slots=True)
class Length:
    characters: int  # as the provider counts them
    segments: int


def length(text: str, *, chinese: bool = True) -> Length:
    if not chinese and all(sign in GSM7 or sign in GSM7_EXTENSION for sign in text):
        septets = len(text) + sum(sign in GSM7_EXTENSION for sign in text)
        return Length(septets, _segments(septets, alone=160, part=153))
    units = len(text.encode("utf-16-be")) // 2  # a rare character takes two
    return Length(units, _segments(units, alone=70, part=67))


def signed(signature: str, text: str) -> str:
    """As it arrives: the provider puts the signature in front."""
    return f"【{signature}】{text}"


def _segments(units: int, *, alone: int, part: int) -> int:
    if units <= alone:
        return 1 if units else 0
    return -(-units // part)
