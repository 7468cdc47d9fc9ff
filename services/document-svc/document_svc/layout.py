"""Where opinions, signatures and seals stand. Points throughout (1 pt = 1/72 in; ISO 32000).

Boxes on a page are measured from its lower left corner, as PDF does.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil

MM = 72 / 25.4

SEAL_DIAMETER = 40 * MM
NARROW_SEAL_DIAMETER = 28 * MM
EDGE = 2 * MM  # between a seal and the lines of its cell
PAD = 2.5 * MM  # between text and the lines of its cell; also in sheets/form.typ
TOP = 1.8 * MM  # also in sheets/form.typ
UNIT_LINE = 5.5 * MM  # the name of a countersigning department, above its opinion

CLEAR_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
WHOLE_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5, 4.0)
READABLE = 8.0  # smaller is no text to approve by; a longer opinion gets a further page
_ASCII_EMS, _OTHER_EMS = 0.62, 1.0
_UNEVEN = 1.05  # lines end where a word or a punctuation mark lets them

MOST_TILES = 4  # more countersigning departments have a whole cell each, on pages of their own


class SealOffCell(ValueError):
    """A seal would not stand wholly inside its cell."""


class TooManyCountersigners(ValueError):
    """More than share the cell; they need pages of their own."""


@dataclass(frozen=True)
class Box:
    """`x0 < x1`, `y0 < y1`; points."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    def holds(self, other: "Box") -> bool:
        return (
            self.x0 <= other.x0
            and self.y0 <= other.y0
            and other.x1 <= self.x1
            and other.y1 <= self.y1
        )


@dataclass(frozen=True)
class Tile:
    """One department's part of the countersigning cell; `left`, `top`: a line parts it there."""

    box: Box
    left: bool
    top: bool


class Signing(StrEnum):
    """How signer and date stand at the foot of a cell."""

    LINE = "line"  # a whole cell: one line, the label printed on the sheet
    ROWS = "rows"  # the signer, and under it at the right the date
    COLUMN = "column"  # label, signer and date under each other, at the left
    FLAT = "flat"  # one line: the signer at the left, the date at the right

    @property
    def height(self) -> float:
        return {"line": 8, "rows": 12, "column": 17, "flat": 6.5}[self.value] * MM


@dataclass(frozen=True)
class Area:
    """Room for text, from the cell's upper left; `sizes` are tried in turn."""

    width: float
    height: float
    sizes: tuple[float, ...]


@dataclass(frozen=True)
class CellLayout:
    """`seal` is measured from the cell's own lower left corner."""

    seal: Box
    areas: tuple[Area, ...]
    text_top: float
    unit_width: float  # room for the department's name
    signing: Signing


def tiles(region: Box, count: int) -> tuple[Tile, ...]:
    """Parts the countersigning cell among `count` departments, in reading order.

    Up to three side by side, four as two by two.
    Raises: TooManyCountersigners.
    """
    if not 1 <= count <= MOST_TILES:
        raise TooManyCountersigners(count)
    rows = 1 if count <= 3 else 2
    per_row = ceil(count / rows)
    height = region.height / rows
    parts: list[Tile] = []
    for row in range(rows):
        in_row = min(per_row, count - row * per_row)
        width = region.width / in_row
        y1 = region.y1 - row * height
        for column in range(in_row):
            x0 = region.x0 + column * width
            box = Box(x0, y1 - height, x0 + width, y1)
            parts.append(Tile(box, left=column > 0, top=row > 0))
    return tuple(parts)


def seal_box(width: float, height: float, *, diameter: float) -> Box:
    """The square a round seal fills: at the right, over the date, as seals are pressed by hand.

    Raises: SealOffCell when any edge would fall outside the cell; nothing is clipped.
    """
    right = width - min(2 * EDGE, (width - diameter) / 2)
    bottom = min(2 * EDGE, (height - diameter) / 2)
    box = Box(right - diameter, bottom, right, bottom + diameter)
    if not Box(0, 0, width, height).holds(box):
        raise SealOffCell(f"{diameter:.0f} pt in {width:.0f} x {height:.0f} pt")
    return box


def cell_layout(
    width: float, height: float, *, shared: bool, diameter: float = SEAL_DIAMETER
) -> CellLayout:
    """How one department's opinion, signature and seal share their cell.

    An opinion stands clear of the seal while it fits beside or above it at 8 pt or more; a longer
    one takes the whole cell, and the seal lies over it. See `holds_readably`.
    `shared`: a part of the countersigning cell, which names its department.
    """
    signing = _signing(width, height)
    if signing is Signing.COLUMN:
        diameter = min(diameter, NARROW_SEAL_DIAMETER)
    largest = height * 0.7 if shared and signing is not Signing.FLAT else height - 2 * EDGE
    diameter = min(diameter, largest, width - 2 * EDGE)
    seal = seal_box(width, height, diameter=diameter)
    top = TOP + (UNIT_LINE if shared else 0)
    whole = (width - 2 * PAD, height - top - signing.height)
    beside = (seal.x0 - 2 * PAD, whole[1])
    above = (whole[0], height - top - seal.y1 - EDGE / 2)
    clear = [
        Area(*room, CLEAR_SIZES)
        for room in (beside, above)
        if room[0] >= 28 * MM and room[1] >= 4 * MM
    ]
    return CellLayout(
        seal=seal,
        areas=(*clear, Area(*whole, WHOLE_SIZES)),
        text_top=top,
        unit_width=beside[0] if signing is Signing.FLAT else whole[0],
        signing=signing,
    )


def _signing(width: float, height: float) -> Signing:
    if width >= 120 * MM:
        return Signing.LINE
    if height < 30 * MM:
        return Signing.FLAT
    return Signing.ROWS if width >= 60 * MM else Signing.COLUMN


def holds_readably(layout: CellLayout, text: str) -> bool:
    """Whether the text surely fits clear of the seal and large enough to read; in doubt not.

    As `sheets/opinion.typ` does. A cell without a place clear of the seal is taken whole.
    """
    paragraphs = [_ems(paragraph) for paragraph in text.split("\n")]
    return any(
        _height(paragraphs, size, area.width) <= area.height
        for area in layout.areas[:-1] or layout.areas
        for size in area.sizes
        if size >= READABLE
    )


def _height(paragraphs: list[float], size: float, width: float) -> float:
    lines = sum(max(1, ceil(ems * size * _UNEVEN / width)) for ems in paragraphs)
    pitch = 1.4 if size > 8 else 1.25
    return ((lines - 1) * pitch + 1) * size


def _ems(text: str) -> float:
    ascii_ = sum(character.isascii() for character in text)
    return ascii_ * _ASCII_EMS + (len(text) - ascii_) * _OTHER_EMS
