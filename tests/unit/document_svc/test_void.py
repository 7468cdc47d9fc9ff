"""The copy of a sheet that counts no more."""

from io import BytesIO

import pikepdf
from document_svc.voiding import void_copy

from tests.unit.document_svc.examples import fully_sealed, page_texts, sealed, sheet


def test_a_void_copy_says_so_on_every_page_and_keeps_its_text() -> None:
    signed = fully_sealed(sheet(), text="同意用印，份数已核对。")
    pages = page_texts(void_copy(signed))
    assert len(pages) == 2
    assert all("作废" in page for page in pages)
    assert "".join(pages).count("同意用印，份数已核对。") == 5


def test_a_void_copy_carries_no_signature_that_a_reader_could_call_valid() -> None:
    for signed in (fully_sealed(sheet()), sealed(sheet(), "applying_unit", "甲"), sheet()):
        with pikepdf.open(BytesIO(void_copy(signed))) as document:
            assert "/AcroForm" not in document.Root
            assert not any("/Annots" in page.obj for page in document.pages)


def test_the_same_sheet_gives_the_same_void_copy() -> None:
    signed = fully_sealed(sheet())
    assert void_copy(signed) == void_copy(signed)
