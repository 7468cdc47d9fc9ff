"""Pictures of files: what is seen of them, and nothing else of what they hold."""

import io
from pathlib import Path

import pytest
from PIL import Image

from demo.files import pdf
from shared.inspection.faults import Fault, Refused
from shared.inspection.rendering import LARGEST_SIDE, render
from tests.unit.shared.inspection import samples


def drawn(
    folder: Path, extension: str, content: bytes, *, page: int = 1, width: int = 800
) -> Image.Image:
    source, out = folder / "in", folder / "out.png"
    source.write_bytes(content)
    render(extension, source, out, page=page, width=width)
    with Image.open(out) as picture:
        picture.load()
        return picture


def test_a_page_is_drawn_as_wide_as_asked(tmp_path: Path) -> None:
    content = pdf([["第一页"], ["第二页", "二行"]])
    first, second = (drawn(tmp_path, "pdf", content, page=page) for page in (1, 2))
    assert (first.width, second.width) == (800, 800)
    assert first.height == pytest.approx(800 * 842 / 595, abs=2)
    assert first.convert("L").getextrema()[0] < 100  # something is written there
    assert first.tobytes() != second.tobytes()


@pytest.mark.parametrize("page", [0, 3])
def test_there_is_no_page_before_the_first_or_behind_the_last(tmp_path: Path, page: int) -> None:
    with pytest.raises(IndexError):
        drawn(tmp_path, "pdf", samples.clean_pdf(pages=2), page=page)


def test_a_long_page_stays_within_bounds(tmp_path: Path) -> None:
    long = samples.blank_pdf()
    long.pages[0].MediaBox = [0, 0, 100, 10_000]
    assert max(drawn(tmp_path, "pdf", samples.saved(long), width=1600).size) <= LARGEST_SIDE + 1


def test_a_picture_stands_upright_and_says_nothing_of_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "a telephone"
    exif.get_ifd(0x8825)[1] = "N"  # a place
    turned = drawn(tmp_path, "jpg", samples.jpeg(1000, 500, exif=exif.tobytes()), width=240)
    assert turned.size == (240, 480)
    assert not turned.getexif()
    written = (tmp_path / "out.png").read_bytes()
    assert b"telephone" not in written
    assert turned.info.keys() <= {"dpi"}


def test_a_small_picture_is_not_blown_up_and_see_through_becomes_white(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 10), (255, 0, 0, 0)).save(buffer, "PNG")
    small = drawn(tmp_path, "png", buffer.getvalue())
    assert small.size == (20, 10)
    assert small.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_picture_is_drawn(tmp_path: Path, mode: str) -> None:
    buffer = io.BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (300, 200)).save(buffer, kind)
    assert drawn(tmp_path, kind.lower()[:3], buffer.getvalue(), width=240).width == 240


@pytest.mark.parametrize("content", [b"%PDF-1.7\nx", samples.clean_pdf()[:200]])
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        drawn(tmp_path, "pdf", content)
    assert refused.value.fault is Fault.BROKEN
