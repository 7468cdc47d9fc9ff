"""A department's round seal as vector art: ring, star, circular text.

Real seals are red, 38 to 45 mm wide, with the name round the upper part. The outlines are drawn
from the font's glyphs, so that no font is embedded and the seal is the same in every reader.
"""

from collections.abc import Iterable
from math import cos, pi, radians, sin
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from document_svc.typesetting import FONTS

SIDE = 1000  # the drawing's square; its user scales it
SPECIMEN = "样章"

_RED = "0.83 0.08 0.10"
_CENTRE = SIDE / 2
_RING_RADIUS, _RING_WIDTH = 484, 26
_TEXT_RADIUS = 310  # of the feet of the characters
_TEXT_HEIGHT, _NARROW = 146, 0.84
_WIDEST_STEP, _LONGEST_ARC = radians(30), radians(280)
_STAR_RADIUS = 165


class _Outlines(BasePen):  # type: ignore[misc]
    """Writes glyph outlines as PDF path operators (ISO 32000-2, 8.5.2)."""

    def __init__(self, glyphs: Any, operators: list[str]) -> None:
        super().__init__(glyphs)
        self._operators = operators

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802, the pen protocol's names
        self._operators.append(f"{_n(point)} m")

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._operators.append(f"{_n(point)} l")

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._operators.append(f"{_n(*points)} c")

    def _closePath(self) -> None:  # noqa: N802
        self._operators.append("h")


def draw_seal(text: str, *, specimen: bool) -> bytes:
    """The content stream of a seal that fills the square from (0, 0) to (1000, 1000).

    `specimen`: also the words 样章, which nothing that is a real institution's carries.
    Takes some 200 ms, nearly all of it to read the font: keep what it returns.
    """
    with TTFont(FONTS / "NotoSerifSC-Bold.ttf", lazy=True) as font:
        glyphs, names = font.getGlyphSet(), font.getBestCmap()
        operators = [f"{_RED} rg {_RED} RG", *_ring(), *_star(_CENTRE, _CENTRE + 36)]
        for character, place in _placed(text, specimen=specimen):
            glyph = glyphs[names.get(ord(character), ".notdef")]
            glyph.draw(TransformPen(_Outlines(glyphs, operators), place))
        operators.append("f")
    return "\n".join(operators).encode()


def _ring() -> Iterable[str]:
    k = 0.5522847498 * _RING_RADIUS
    c, r = _CENTRE, _RING_RADIUS
    yield f"{_RING_WIDTH} w"
    yield f"{_n((c + r, c))} m"
    yield f"{_n((c + r, c + k), (c + k, c + r), (c, c + r))} c"
    yield f"{_n((c - k, c + r), (c - r, c + k), (c - r, c))} c"
    yield f"{_n((c - r, c - k), (c - k, c - r), (c, c - r))} c"
    yield f"{_n((c + k, c - r), (c + r, c - k), (c + r, c))} c"
    yield "s"


def _star(x: float, y: float) -> Iterable[str]:
    inner = _STAR_RADIUS * 0.381966  # of a regular pentagram
    for corner in range(10):
        radius = inner if corner % 2 else _STAR_RADIUS
        angle = pi / 2 + corner * pi / 5
        point = (x + radius * cos(angle), y + radius * sin(angle))
        yield f"{_n(point)} {'l' if corner else 'm'}"
    yield "h"


def _placed(text: str, *, specimen: bool) -> Iterable[tuple[str, Transform]]:
    """Each character with where its glyph, of 1000 units an em, goes."""
    step = min(_WIDEST_STEP, _LONGEST_ARC / max(len(text) - 1, 1))
    room = step * (_TEXT_RADIUS + _TEXT_HEIGHT * 0.3)  # between neighbours, near their feet
    narrow = min(_NARROW, room / _TEXT_HEIGHT * 0.98)
    scale = _TEXT_HEIGHT / 1000
    for index, character in enumerate(text):
        angle = step * ((len(text) - 1) / 2 - index)
        yield (
            character,
            Transform()
            .translate(_CENTRE, _CENTRE)
            .rotate(angle)
            .translate(-500 * scale * narrow, _TEXT_RADIUS + 120 * scale)
            .scale(scale * narrow, scale),
        )
    if specimen:
        size = 0.128
        for index, character in enumerate(SPECIMEN):
            x = _CENTRE + (index - 1) * 1040 * size + 20 * size
            yield character, Transform().translate(x, _CENTRE - 262).scale(size, size)


def _n(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
