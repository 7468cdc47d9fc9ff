"""Pictures of files that were let in, made in the inspecting child: a stranger's file once more.

Nothing of a file but what is seen of it gets into its picture: no metadata, no place where a photo
was taken.
"""

from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image, ImageOps

from shared.inspection.faults import MALFORMED, Fault, Refused
from shared.inspection.pictures import PIXELS_LIMIT

LARGEST_SIDE = 2400  # pixels: an A4 sheet at 200 dpi
_PRINTED_QUALITY = 90  # of a JPEG, of 100: what is written on a photo stays readable
_WHITE = (255, 255, 255)


def render(extension: str, path: Path, out: Path, *, page: int, width: int) -> None:
    """Writes a PNG of one page, counted from 1, or of the picture, `width` pixels wide at most.

    Raises: Refused; IndexError when there is no such page.
    """
    try:
        picture = _page(path, page, width) if extension == "pdf" else _picture(path, width)
        _plain(picture).save(out, "PNG", optimize=False)
    except IndexError:
        raise
    except (OSError, SyntaxError, MemoryError, pypdfium2.PdfiumError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error


def picture_page(path: Path) -> BytesIO:
    """A PDF of one page that is just the picture. Raises: Refused, and what Pillow raises."""
    made = BytesIO()
    _plain(_picture(path, LARGEST_SIDE)).save(made, "PDF", quality=_PRINTED_QUALITY)
    return made


def _page(path: Path, page: int, width: int) -> Image.Image:
    document = pypdfium2.PdfDocument(path)
    try:
        if not 1 <= page <= len(document):
            raise IndexError(page)
        shown = document[page - 1]
        across, down = shown.get_size()
        # Half a pixel less: PDFium rounds up.
        scale = min((width - 0.5) / max(across, 1), LARGEST_SIDE / max(across, down, 1))
        drawn: Image.Image = shown.render(scale=scale).to_pil()
        return drawn
    finally:
        document.close()


def _picture(path: Path, width: int) -> Image.Image:
    with Image.open(path, formats=["PNG", "JPEG"]) as opened:
        if opened.width * opened.height > PIXELS_LIMIT:
            raise Refused(Fault.TOO_COMPLEX)
        opened.draft("RGB", (width * 2, width * 2))  # a JPEG is read smaller than it is
        upright = ImageOps.exif_transpose(opened)
        scale = min(1.0, width / upright.width, LARGEST_SIDE / max(upright.size))
        size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
        if upright.mode not in ("RGB", "RGBA", "L"):
            upright = upright.convert("RGBA")
        return upright.resize(size, Image.Resampling.LANCZOS)


def _plain(picture: Image.Image) -> Image.Image:
    """On white, without anything that the file said besides its pixels."""
    if picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, _WHITE)
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    return plain
