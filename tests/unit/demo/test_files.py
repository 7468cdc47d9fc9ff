"""The files that the story uploads are what their names say."""

import io
import zipfile
from xml.etree import ElementTree

import pypdfium2
from PIL import Image

from demo import files

LINES = ("技术开发合同", "金额：<四十八万元> & 税费")


def test_the_pdf_has_its_pages_and_its_chinese_is_text() -> None:
    document = pypdfium2.PdfDocument(files.pdf([LINES, LINES[:1], ()]))
    assert len(document) == 3
    text = document[0].get_textpage().get_text_range()
    assert all(line in text for line in LINES)


def test_the_word_file_has_the_parts_a_word_processor_needs() -> None:
    with zipfile.ZipFile(io.BytesIO(files.docx(LINES))) as archive:
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    assert set(parts) == {"[Content_Types].xml", "_rels/.rels", "word/document.xml"}
    assert [text for text in parts["word/document.xml"].itertext() if text] == list(LINES)


def test_the_photo_is_a_picture_of_its_size() -> None:
    with Image.open(io.BytesIO(files.photo(90, 120))) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (90, 120))
