"""A copy of PDFs and pictures to be printed, each page a little smaller above a strip of its own.

Made in the inspecting child: strangers' files once more. What lies on a page (its annotations) is
drawn into it; links, forms and whatever else a page can hold are left behind.
"""

from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import Name, Rectangle

from shared.inspection.faults import MALFORMED, Fault, Refused
from shared.inspection.pdf import FLATE_LIMIT, NESTING_LIMIT
from shared.inspection.rendering import picture_page

MM = 72 / 25.4
STRIP = 18 * MM  # of a page's height, at its foot
_EDGE = 5 * MM
_A4 = (595.0, 842.0)  # in points, as most programs write it


def print_copy(sources: Sequence[Path], strips: Path, out: Path) -> None:
    """`sources`: PDFs and pictures, told by the end of their names; a picture is one page of A4.

    `strips`: a PDF with a page for each page of the sources, in order. Writes `out`.
    Raises: Refused when a source cannot be drawn, or has another number of pages.
    """
    pikepdf.settings.set_qpdf_limits(flate_max_memory=FLATE_LIMIT, parser_max_nesting=NESTING_LIMIT)
    try:
        with pikepdf.new() as copy, pikepdf.open(strips) as marks:
            number = 0
            for source in sources:
                is_picture = source.suffix != ".pdf"
                opened = picture_page(source) if is_picture else source
                with pikepdf.open(opened, attempt_recovery=False) as pdf:
                    pdf.flatten_annotations("print")
                    for page in pdf.pages:
                        size = _a4(page) if is_picture else _size(page)
                        _add(copy, page, size, marks.pages[number])
                        number += 1
            if number != len(marks.pages):
                raise Refused(Fault.BROKEN)
            copy.save(out, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, OSError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error


def _add(
    copy: pikepdf.Pdf, page: pikepdf.Page, size: tuple[float, float], strip: pikepdf.Page
) -> None:
    width, height = size
    new = copy.add_blank_page(page_size=(width, height))
    drawn = copy.copy_foreign(page.as_form_xobject())
    mark = copy.copy_foreign(strip.as_form_xobject())
    for thing, name, place in (
        (drawn, Name.Page, Rectangle(0, STRIP, width, height)),
        (mark, Name.Strip, Rectangle(_EDGE, _EDGE / 2, width - _EDGE, STRIP)),
    ):
        new.add_resource(thing, Name.XObject, name=name)
        new.contents_add(new.calc_form_xobject_placement(thing, name, place))


def _a4(page: pikepdf.Page) -> tuple[float, float]:
    """Upright or lying, as what is on it."""
    width, height = _size(page)
    return (_A4[1], _A4[0]) if width > height else _A4


def _size(page: pikepdf.Page) -> tuple[float, float]:
    """As it is seen: cropped and turned."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    width, height = abs(right - left), abs(top - bottom)
    turned = int(page.rotation) % 180
    return (height, width) if turned else (width, height)
