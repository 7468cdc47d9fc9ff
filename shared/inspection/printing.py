"""A copy of PDFs to be printed, each page a little smaller above a strip of its own.

Made in the inspecting child: strangers' files once more. What lies on a page (its annotations) is
drawn into it; links, forms and whatever else a page can hold are left behind.
"""

from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import Name, Rectangle

from shared.inspection.faults import MALFORMED, Fault, Refused
from shared.inspection.pdf import FLATE_LIMIT, NESTING_LIMIT

MM = 72 / 25.4
STRIP = 18 * MM  # of a page's height, at its foot
_EDGE = 5 * MM


def print_copy(sources: Sequence[Path], strips: Path, out: Path) -> None:
    """`strips`: a PDF with a page for each page of the sources, in order. Writes `out`.

    Raises: Refused when a source cannot be drawn, or has another number of pages.
    """
    pikepdf.settings.set_qpdf_limits(flate_max_memory=FLATE_LIMIT, parser_max_nesting=NESTING_LIMIT)
    try:
        with pikepdf.new() as copy, pikepdf.open(strips) as marks:
            number = 0
            for source in sources:
                with pikepdf.open(source, attempt_recovery=False) as pdf:
                    pdf.flatten_annotations("print")
                    for page in pdf.pages:
                        _add(copy, page, marks.pages[number])
                        number += 1
            if number != len(marks.pages):
                raise Refused(Fault.BROKEN)
            copy.save(out, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error


def _add(copy: pikepdf.Pdf, page: pikepdf.Page, strip: pikepdf.Page) -> None:
    width, height = _size(page)
    new = copy.add_blank_page(page_size=(width, height))
    drawn = copy.copy_foreign(page.as_form_xobject())
    mark = copy.copy_foreign(strip.as_form_xobject())
    for thing, name, place in (
        (drawn, Name.Page, Rectangle(0, STRIP, width, height)),
        (mark, Name.Strip, Rectangle(_EDGE, _EDGE / 2, width - _EDGE, STRIP)),
    ):
        new.add_resource(thing, Name.XObject, name=name)
        new.contents_add(new.calc_form_xobject_placement(thing, name, place))


def _size(page: pikepdf.Page) -> tuple[float, float]:
    """As it is seen: cropped and turned."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    width, height = abs(right - left), abs(top - bottom)
    turned = int(page.rotation) % 180
    return (height, width) if turned else (width, height)
