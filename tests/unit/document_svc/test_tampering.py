"""Each way of changing a sealed sheet: found by an implementation that shares nothing with ours."""

from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.unit.document_svc.examples import sealed, sheet
from tests.unit.document_svc.test_signatures import verdicts


@pytest.fixture(scope="module")
def twice_sealed() -> bytes:
    return sealed(sealed(sheet(), "applying_unit", "甲"), "approving_department", "乙")


def field(writer: IncrementalPdfFileWriter, name: str) -> generic.DictionaryObject:
    for reference in writer.root["/AcroForm"]["/Fields"]:
        found: generic.DictionaryObject = reference.get_object()
        if found["/T"] == name:
            return found
    raise LookupError(name)


def hide(writer: IncrementalPdfFileWriter) -> None:
    """The seal is not shown any more."""
    seal = field(writer, "applying_unit")
    seal["/F"] = generic.NumberObject(2)
    writer.update_container(seal)


def replace(writer: IncrementalPdfFileWriter) -> None:
    """Another page content."""
    page = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"BT /F0 12 Tf (2) Tj ET")
    page["/Contents"] = writer.add_object(stream)
    writer.update_container(page)


def swap(writer: IncrementalPdfFileWriter) -> None:
    """One department's opinion in another's place."""
    seal, other = field(writer, "applying_unit"), field(writer, "approving_department")
    seal["/AP"] = other["/AP"]
    writer.update_container(seal)


def append(writer: IncrementalPdfFileWriter) -> None:
    """One more page."""
    pages = writer.root["/Pages"]
    page = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Page"),
            generic.pdf_name("/MediaBox"): generic.ArrayObject(
                map(generic.NumberObject, (0, 0, 595, 842))
            ),
            generic.pdf_name("/Parent"): writer.root.raw_get("/Pages"),
        }
    )
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = generic.NumberObject(pages["/Count"] + 1)
    writer.update_container(pages)


def cover(writer: IncrementalPdfFileWriter) -> None:
    """A note laid over what is signed."""
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(
                map(generic.NumberObject, (100, 100, 300, 200))
            ),
            generic.pdf_name("/Contents"): generic.TextStringObject("同意一百份"),
        }
    )
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


@pytest.mark.parametrize("change", [hide, replace, swap, append, cover])
def test_a_change_behind_the_seals_is_found(
    twice_sealed: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert all(status.bottom_line for status in verdicts(twice_sealed))
    writer = IncrementalPdfFileWriter(BytesIO(twice_sealed), strict=False)
    change(writer)
    out = BytesIO()
    writer.write(out)
    assert not any(status.bottom_line for status in verdicts(out.getvalue()))


def test_a_sheet_written_anew_is_found(twice_sealed: bytes) -> None:
    with pikepdf.open(BytesIO(twice_sealed)) as document:
        out = BytesIO()
        document.save(out)
    assert not any(status.bottom_line for status in verdicts(out.getvalue()))


def test_one_departments_signature_in_anothers_file_is_found(twice_sealed: bytes) -> None:
    other = sealed(sealed(sheet(), "applying_unit", "丙"), "approving_department", "丁")
    contents = [pdf.index(b"/Contents <") + 11 for pdf in (twice_sealed, other)]
    mixed = bytearray(twice_sealed)
    mixed[contents[0] : contents[0] + 6144] = other[contents[1] : contents[1] + 6144]
    first, second = verdicts(bytes(mixed))
    assert not first.bottom_line
    assert not second.bottom_line
