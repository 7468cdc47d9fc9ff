"""Which characters the sheet's fonts can show, and what is printed in place of one they cannot.

Noto Serif SC has all of the basic block and extension A and some 200 rare characters of names;
HanaMinB has extensions B to F: together the Chinese characters of GB 18030-2022, level 3. The fonts
that come with typst add accented Latin letters, Cyrillic and signs. What none of them has is
printed as its code point, 〔U+30EDE〕, for a blank or a box would hide that something is missing.
"""

import re
import struct
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from document_svc.typesetting import FONTS, Template

# Covered by the fonts that are inside typst (Libertinus Serif, DejaVu Sans Mono).
_INSIDE_TYPST = (
    (0x0020, 0x007E),
    (0x00A0, 0x024F),
    (0x0400, 0x04FF),
    (0x1E00, 0x1EFF),
    (0x2080, 0x208E),
    (0x20A0, 0x20BF),
    (0x2190, 0x22FF),
    (0x2500, 0x25FF),
    (0x2610, 0x2612),
    (0xFE00, 0xFE0F),  # variation selectors show nothing themselves
    (0xE0100, 0xE01EF),
)

Ranges = list[tuple[int, int]]


def printable(value: Any, template: Template) -> Any:
    """The value, with what cannot be shown in its texts replaced; of any depth."""
    if isinstance(value, str):
        return _shown(value, template.folder)
    if isinstance(value, dict):
        return {key: printable(inner, template) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(inner, template) for inner in value]
    return value


def _shown(text: str, folder: Path) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _uncovered(folder).sub(lambda found: f"〔U+{ord(found[0]):04X}〕", text)


@cache
def _uncovered(folder: Path) -> re.Pattern[str]:
    """Finds each character that no font shows; line ends are no characters."""
    ranges = "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in _covered(folder))
    return re.compile(f"[^{ranges}\n\t\r]")


@cache
def _covered(folder: Path) -> Ranges:
    """All code points that the shipped fonts and the template's own show, in order."""
    fonts = [path for place in (FONTS, folder) for path in sorted(place.glob("*.[to]tf"))]
    found = sorted(chain(_INSIDE_TYPST, *(font_coverage(path) for path in fonts)))
    merged: Ranges = []
    for first, last in found:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def font_coverage(path: Path) -> Iterator[tuple[int, int]]:
    """The code points of a font: its character map of format 12 (OpenType 1.9, `cmap`)."""
    data = path.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    for n in range(struct.unpack_from(">H", data, start + 2)[0]):
        at = start + struct.unpack_from(">HHL", data, start + 4 + 8 * n)[2]
        if struct.unpack_from(">H", data, at)[0] == 12:
            groups = struct.unpack_from(">L", data, at + 12)[0]
            for group in range(groups):
                first, last, _ = struct.unpack_from(">LLL", data, at + 16 + 12 * group)
                yield first, last
            return
