"""A seal as an uploaded picture: checked, its paper made transparent, ready for a PDF."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from zlib import compress

from PIL import Image, ImageChops, UnidentifiedImageError

from document_svc.errors import BadSealPicture

LARGEST_BYTES = 2_000_000
SMALLEST_SIDE, LARGEST_SIDE = 200, 2000
_PAPER, _INK = 225, 160  # from this brightness on it is paper, up to that one wholly ink


@dataclass(frozen=True)
class SealPicture:
    """Deflated RGB and alpha of a square, `side` pixels a side."""

    colours: bytes
    alpha: bytes
    side: int


def checked_picture(data: bytes) -> bytes:
    """The picture as a PNG with a transparent background, square. Raises: BadSealPicture."""
    if len(data) > LARGEST_BYTES:
        raise BadSealPicture(reason="too_large")
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as opened:
            if not SMALLEST_SIDE <= min(opened.size) <= max(opened.size) <= LARGEST_SIDE:
                raise BadSealPicture(reason="size")
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadSealPicture(reason="not_png") from error
    picture = _without_paper(picture)
    box = picture.getchannel("A").getbbox()
    if box is None:
        raise BadSealPicture(reason="blank")
    return _png(_square(picture.crop(box)))


@lru_cache(maxsize=64)
def ready_picture(png: bytes) -> SealPicture:
    """A checked picture for a PDF; some 20 ms for a large one, then kept."""
    with Image.open(BytesIO(png), formats=["PNG"]) as picture:
        rgba = picture.convert("RGBA")
    colours = compress(rgba.convert("RGB").tobytes(), 9)
    return SealPicture(colours, compress(rgba.getchannel("A").tobytes(), 9), rgba.width)


def _without_paper(picture: Image.Image) -> Image.Image:
    """What is bright becomes transparent, with a soft edge between ink and paper."""
    red, green, blue, alpha = picture.split()
    darkest = _darkest(red, green, blue)
    ink = darkest.point([_opacity(value) for value in range(256)])
    picture.putalpha(_darkest(ink, alpha))
    return picture


def _darkest(*channels: Image.Image) -> Image.Image:
    first, *others = channels
    for other in others:
        first = ImageChops.darker(first, other)
    return first


def _opacity(brightness: int) -> int:
    share = (_PAPER - brightness) / (_PAPER - _INK)
    return round(255 * min(1.0, max(0.0, share)))


def _square(picture: Image.Image) -> Image.Image:
    side = max(picture.size)
    square = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def _png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
