"""Real files for the story to upload, made from its texts: a PDF, a Word file, a photo."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Sequence
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

A4 = (595, 842)  # points
TEXT_LEFT, TEXT_TOP, LEADING = 72, 740, 34


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """One page for each list of lines. The Chinese is real text, in a font that readers bring."""
    document = Pdf.new()
    font = document.make_indirect(_chinese_font())
    for lines in pages:
        document.add_blank_page(page_size=A4)
        page = document.pages[-1]
        page.Resources = Dictionary(Font=Dictionary(F1=font))
        page.Contents = document.make_stream(_page_text(lines))
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _chinese_font() -> pikepdf.Dictionary:
    """A font that is not embedded, by a predefined CMap (ISO 32000-2, 9.7.5.2)."""
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=Name("/STSong-Light"),
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="GB1", Supplement=4),
        FontDescriptor=Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/STSong-Light"),
            Flags=6,
            FontBBox=Array([-25, -254, 1000, 880]),
            ItalicAngle=0,
            Ascent=880,
            Descent=-120,
            CapHeight=880,
            StemV=93,
        ),
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/STSong-Light"),
        Encoding=Name("/UniGB-UTF16-H"),
        DescendantFonts=Array([descendant]),
    )


def _page_text(lines: Sequence[str]) -> bytes:
    shown = [f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines]
    start = f"BT /F1 16 Tf {LEADING} TL {TEXT_LEFT} {TEXT_TOP} Td"
    return "\n".join([start, *shown, "ET"]).encode("ascii")


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(lines: Sequence[str]) -> bytes:
    """A paragraph for each line; the least that a word processor opens (ECMA-376-1, 11.2)."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Override PartName="/word/document.xml" ContentType="{_MAIN_PART}"/>'
        f"</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{paragraphs}'
        f'<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, _XML + xml)
    return written.getvalue()


def photo(width: int = 900, height: int = 1200) -> bytes:
    """A PNG of a sheet of paper on a desk, grainy as a phone takes it: some 300 kB."""
    grain = random.Random(7)  # noqa: S311 - a picture, not a secret
    desk, paper, ink = b"\x6e\x58\x46", b"\xf2\xef\xe6", b"\x3a\x3a\x44"
    rows = bytearray()
    for y in range(height):
        row = bytearray(desk * width)
        if height * 0.08 < y < height * 0.92:
            row[width // 9 * 3 : width * 8 // 9 * 3] = paper * (width * 8 // 9 - width // 9)
            if y % 48 < 10 and height * 0.2 < y < height * 0.7:
                end = 7 if y // 48 % 4 else 5  # the last line of a paragraph is short
                row[width // 5 * 3 : width * end // 9 * 3] = ink * (width * end // 9 - width // 5)
        for place in grain.sample(range(len(row)), 240):
            row[place] = min(255, row[place] + 9)
        rows += b"\x00" + row  # filter type 0 (PNG, third edition, 9.2)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Length, kind, data and CRC (PNG, third edition, 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def document(name: str, pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF of these pages, or a Word file of their lines, as the name says."""
    if name.endswith(".pdf"):
        return pdf(pages)
    return docx([line for page in pages for line in page])
