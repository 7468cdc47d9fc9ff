"""What an inspection lets pass, and what it finds. (As a process of its own: the service tests.)"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from shared.inspection.faults import Fault, Refused
from shared.inspection.worker import inspect
from tests.unit.shared.inspection import samples


def look(folder: Path, extension: str, content: bytes) -> int | None:
    path = folder / "upload"
    path.write_bytes(content)
    return inspect(extension, path)


def test_a_clean_pdf_tells_its_pages(tmp_path: Path) -> None:
    assert look(tmp_path, "pdf", samples.clean_pdf(pages=7)) == 7


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("docx", samples.office("word", "word/media/image1.png", "word/embeddings/Chart.xlsx")),
        ("xlsx", samples.office("xl")),
        ("doc", samples.ole("Root Entry", "WordDocument")),
        ("xls", samples.ole("Root Entry", "Workbook")),
        ("xls", samples.ole("Root Entry", "Book")),
        ("png", samples.png()),
        ("jpg", samples.jpeg()),
        ("jpeg", samples.jpeg()),
    ],
)
def test_other_clean_files_have_no_pages(tmp_path: Path, extension: str, content: bytes) -> None:
    assert look(tmp_path, extension, content) is None


ACTIVE = samples.active_pdfs()


@pytest.mark.parametrize("way", ACTIVE)
def test_a_pdf_that_acts_is_refused(tmp_path: Path, way: str) -> None:
    with pytest.raises(Refused) as refusal:
        look(tmp_path, "pdf", ACTIVE[way])
    assert refusal.value.fault is Fault.ACTIVE_CONTENT


CLEAN = samples.clean_pdf(pages=3)

FAULTY = [
    ("pdf", samples.encrypted_pdf(), Fault.ENCRYPTED),
    ("pdf", samples.encrypted_pdf(user=""), Fault.ENCRYPTED),
    ("pdf", CLEAN[: len(CLEAN) // 2], Fault.BROKEN),
    ("pdf", b"%PDF-1.7\nnothing more", Fault.BROKEN),
    ("pdf", samples.saved(samples.blank_pdf(0)), Fault.BROKEN),
    ("pdf", samples.inflating_pdf(), Fault.BROKEN),
    ("docx", samples.office("xl"), Fault.DISGUISED),
    ("xlsx", samples.office("word"), Fault.DISGUISED),
    ("docx", samples.office("word")[:-30], Fault.BROKEN),
    ("docx", samples.office("word", "word/vbaProject.bin"), Fault.ACTIVE_CONTENT),
    ("docx", samples.ole("EncryptedPackage"), Fault.ENCRYPTED),
    ("docx", samples.ole("WordDocument"), Fault.DISGUISED),
    ("doc", samples.ole("Workbook"), Fault.DISGUISED),
    ("xls", samples.ole("WordDocument"), Fault.DISGUISED),
    ("doc", samples.ole("WordDocument", "_VBA_PROJECT"), Fault.ACTIVE_CONTENT),
    ("png", samples.png()[:-12], Fault.BROKEN),
    ("png", samples.png()[:20], Fault.BROKEN),
    ("jpg", samples.jpeg()[:-2], Fault.BROKEN),
    ("exe", b"MZ", Fault.DISGUISED),
]


@pytest.mark.parametrize(("extension", "content", "fault"), FAULTY)
def test_a_faulty_file_is_refused_by_what_is_wrong(
    tmp_path: Path, extension: str, content: bytes, fault: Fault
) -> None:
    with pytest.raises(Refused) as refusal:
        look(tmp_path, extension, content)
    assert refusal.value.fault is fault


@pytest.mark.parametrize("length", range(0, len(CLEAN) - 10, 37))
def test_a_pdf_cut_short_is_broken_wherever_it_was_cut(tmp_path: Path, length: int) -> None:
    with pytest.raises(Refused) as refusal:
        look(tmp_path, "pdf", CLEAN[:length])
    assert refusal.value.fault is Fault.BROKEN


@given(st.dictionaries(st.integers(0, len(CLEAN) - 1), st.integers(0, 255), max_size=8))
def test_a_damaged_pdf_is_let_in_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, damage: dict[int, int]
) -> None:
    content = bytearray(CLEAN)
    for position, byte in damage.items():
        content[position] = byte
    try:
        pages = look(tmp_path_factory.getbasetemp(), "pdf", bytes(content))
    except Refused:
        return
    assert pages


def test_going_to_a_page_on_opening_is_harmless(tmp_path: Path) -> None:
    pdf = samples.blank_pdf(2)
    pdf.Root.OpenAction = samples.action("GoTo", D=Array([pdf.pages[1].obj, Name.Fit]))
    assert look(tmp_path, "pdf", samples.saved(pdf)) == 2


def test_a_link_to_the_web_is_harmless(tmp_path: Path) -> None:
    pdf = samples.blank_pdf()
    address = samples.action("URI", URI=String("https://journal.example/"))
    link = Dictionary(Subtype=Name.Link, A=address)
    pdf.pages[0].Annots = Array([link])
    assert look(tmp_path, "pdf", samples.saved(pdf)) == 1
