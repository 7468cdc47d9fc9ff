"""A department's round seal as vector art: ring, star, circular text.

Real seals are red, 38 to 45 mm wide, with the name round the upper part. The outlines are drawn
from the font's glyphs, so that no font is embedded and the seal is the same in every reader.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from math import cos, pi, radians, sin
from zlib import compress, decompress

from document_svc.typesetting import STANDARD

SIDE = 1000  # the drawing's square; its user scales it
SPECIMEN = "样章"

_RED = "0.83 0.08 0.10"
_CENTRE = SIDE / 2
_RING_RADIUS, _RING_WIDTH = 484, 26
_TEXT_RADIUS = 310  # of the feet of the characters
_TEXT_HEIGHT, _NARROW = 146, 0.84
_WIDEST_STEP, _LONGEST_ARC = radians(30), radians(280)
_STAR_RADIUS = 165


Point = tuple[float, float]
Placing = Callable[[Point], Point]  # from a glyph's own 1000 units an em to the seal's square

_GLYPH = re.compile(r'<symbol id="(\w+)"[^>]*><path d="([^"]*)"')
_USE = re.compile(r'<use xlink:href="#(\w+)"')
_STEP = re.compile(r"([MmLlHhVvQqCcZz])([^MmLlHhVvQqCcZz]*)")


def draw_seal(text: str, *, specimen: bool) -> bytes:
    """A seal that fills the square from (0, 0) to (1000, 1000), as a deflated content stream.

    `specimen`: also the words 样章, which nothing that is a real institution's carries.
    """
    operators = [f"{_RED} rg {_RED} RG", *_ring(), *_star(_CENTRE, _CENTRE + 36)]
    around = _outlines("".join(text.split()))
    for outline, place in zip(around, _round(len(around)), strict=True):
        operators += _path(outline, place)
    if specimen:
        for outline, place in zip(_outlines(SPECIMEN), _across(), strict=True):
            operators += _path(outline, place)
    operators.append("f")
    return compress("\n".join(operators).encode(), 9)


def seal_svg(drawing: bytes) -> str:
    """A drawn seal as a picture for screens."""
    steps = {"m": "M", "l": "L", "c": "C", "h": "Z"}
    filled, stroked, path = "", "", ""
    for line in decompress(drawing).decode().splitlines():
        *numbers, operator = line.split()
        if operator == "s":  # the ring, closed and stroked
            stroked, path = f"{path}Z", ""
        elif operator == "f":
            filled = path
        elif operator in steps:
            path += f"{steps[operator]}{' '.join(numbers)}"
    red = "rgb({:.0f} {:.0f} {:.0f})".format(*(float(part) * 255 for part in _RED.split()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
        f'<g transform="matrix(1 0 0 -1 0 {SIDE})" fill="{red}" stroke="none">'
        f'<path d="{stroked}" fill="none" stroke="{red}" stroke-width="{_RING_WIDTH}"/>'
        f'<path d="{filled}"/></g></svg>'
    )


def _outlines(text: str) -> list[str]:
    """Each character's outline as SVG path data, y upwards from the base line."""
    if not text:
        return []
    svg = STANDARD.drawn("glyphs.typ", text=text)
    glyphs = dict(_GLYPH.findall(svg))
    return [glyphs[used] for used in _USE.findall(svg)]


def _path(outline: str, place: Placing) -> Iterator[str]:
    """SVG path data as PDF path operators (ISO 32000-2, 8.5.2)."""
    x = y = 0.0
    for command, numbers in _STEP.findall(outline):
        if command in "Zz":
            yield "h"
            continue
        ends = _ends(command, [float(number) for number in numbers.split()], x, y)
        if command in "Qq":  # a quadratic curve as the cubic one that it is
            (ax, ay), end = ends
            first = (x + 2 / 3 * (ax - x), y + 2 / 3 * (ay - y))
            second = (end[0] + 2 / 3 * (ax - end[0]), end[1] + 2 / 3 * (ay - end[1]))
            ends = [first, second, end]
        x, y = ends[-1]
        operator = "m" if command in "Mm" else "c" if command in "QqCc" else "l"
        yield f"{_n(*map(place, ends))} {operator}"


def _ends(command: str, numbers: list[float], x: float, y: float) -> list[Point]:
    """The points of one step, absolute; small letters count from where the pen is."""
    ox, oy = (x, y) if command.islower() else (0.0, 0.0)
    if command in "Hh":
        return [(ox + numbers[0], y)]
    if command in "Vv":
        return [(x, oy + numbers[0])]
    return [(ox + a, oy + b) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]


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


def _round(count: int) -> Iterator[Placing]:
    """Where the characters of the circular text go, clockwise, their feet to the centre."""
    step = min(_WIDEST_STEP, _LONGEST_ARC / max(count - 1, 1))
    room = step * (_TEXT_RADIUS + _TEXT_HEIGHT * 0.3)  # between neighbours, near their feet
    narrow = min(_NARROW, room / _TEXT_HEIGHT * 0.98)
    scale = _TEXT_HEIGHT / 1000
    for index in range(count):
        angle = step * ((count - 1) / 2 - index)
        yield _turned(angle, scale * narrow, scale)


def _turned(angle: float, wide: float, high: float) -> Placing:
    def place(point: Point) -> Point:
        x = (point[0] - 500) * wide
        y = _TEXT_RADIUS + (point[1] + 120) * high
        return (
            _CENTRE + x * cos(angle) - y * sin(angle),
            _CENTRE + x * sin(angle) + y * cos(angle),
        )

    return place


def _across() -> Iterator[Placing]:
    """Where 样章 stands: level, under the star."""
    size = 0.128
    for index in range(len(SPECIMEN)):
        yield _level(_CENTRE + (index - 1) * 1040 * size + 20 * size, _CENTRE - 262, size)


def _level(left: float, base: float, size: float) -> Placing:
    def place(point: Point) -> Point:
        return (left + point[0] * size, base + point[1] * size)

    return place


def _n(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
