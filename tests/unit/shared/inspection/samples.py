"""Files as people upload them, and as those do who mean harm. All are made here."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def blank_pdf(pages: int = 1) -> Pdf:
    pdf = Pdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    return pdf


def saved(pdf: Pdf, *, encryption: pikepdf.Encryption | bool = False) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, encryption=encryption)
    return buffer.getvalue()


def clean_pdf(pages: int = 1) -> bytes:
    return saved(blank_pdf(pages))


def tiresome_pdf(parts: int = 900_000) -> bytes:
    """Nothing wrong with it, but it takes long to look at."""
    pdf = blank_pdf()
    pdf.Root.PieceInfo = pikepdf.Object.parse(b"[" + b"<</A 1>>" * parts + b"]")
    return saved(pdf)


def encrypted_pdf(user: str = "geheim") -> bytes:
    """With an empty `user` password anyone can open it, but it carries its owner's restrictions."""
    return saved(blank_pdf(), encryption=pikepdf.Encryption(owner="owner", user=user))


def action(kind: str, **more: Any) -> Dictionary:
    return Dictionary(S=Name(f"/{kind}"), **more)


def active_pdfs() -> dict[str, bytes]:
    """One for each way in which a PDF can act on its own."""
    found: dict[str, bytes] = {}

    def keep(name: str, pdf: Pdf) -> None:
        found[name] = saved(pdf)

    pdf = blank_pdf()
    pdf.Root.OpenAction = pdf.make_indirect(action("JavaScript", JS=String("app.alert(1)")))
    keep("javascript on opening", pdf)
    pdf = blank_pdf()
    pdf.Root.OpenAction = action("URI", URI=String("https://tracker.example/"))
    keep("a page on the web on opening", pdf)
    pdf = blank_pdf()
    names = Array([String("x"), action("JavaScript", JS=String("1"))])
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=names))
    keep("javascript by name", pdf)
    pdf = blank_pdf()
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=String("<xdp/>"))
    keep("XFA in a direct form", pdf)
    pdf = blank_pdf()
    pdf.attachments["payload.exe"] = b"MZ"
    keep("an embedded file", pdf)
    pdf = blank_pdf()
    pdf.pages[0].AA = Dictionary(O=action("GoTo", D=Array([0, Name.Fit])))
    keep("an action on turning the page", pdf)
    return found | _active_annotations()


def _active_annotations() -> dict[str, bytes]:
    annotations = {
        "rich media": Dictionary(Subtype=Name.RichMedia),
        "launch in a direct annotation": _link(action("Launch", F=String("cmd.exe"))),
        "a form that sends itself": _link(action("SubmitForm")),
        "a document elsewhere": _link(action("GoToR", F=String(r"\\attacker\share"))),
    }
    found = {}
    for name, annotation in annotations.items():
        pdf = blank_pdf()
        pdf.pages[0].Annots = Array([annotation])
        found[name] = saved(pdf)
    return found


def _link(act: Dictionary) -> Dictionary:
    return Dictionary(Subtype=Name.Link, A=act)


def inflating_pdf(megabytes: int = 300) -> bytes:
    """A small file whose object stream unpacks to far more than anybody should hold."""
    packed = zlib.compress(b"\x00" * (1 << 20) * megabytes, 9)
    parts = [
        b"%PDF-1.5\n",
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"4 0 obj<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>stream\n" % len(packed),
        packed,
        b"\nendstream endobj\n",
    ]
    body = b"".join(parts)
    catalog, stream, table = len(parts[0]), len(parts[0]) + len(parts[1]), len(body)
    entries: Iterable[tuple[int, int, int]] = (
        *((0, 0, 65535), (1, catalog, 0), (2, 4, 0)),
        *((0, 0, 0), (1, stream, 0), (1, table, 0)),
    )
    xref = b"".join(struct.pack(">BIH", *entry) for entry in entries)
    head = b"5 0 obj<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(xref)
    return body + head + xref + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % table


_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def office(folder: str, *more: str, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A Word or Excel file; `more`: parts of it by name; `parts`: with their content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        whole: dict[str, str | bytes] = {
            "[Content_Types].xml": "<Types/>",
            f"{folder}/document.xml": "<x/>",
            **dict.fromkeys(more, "x"),
            **(parts or {}),
        }
        for name, content in whole.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relationship(kind: str, target: str, *, mode: str = "External") -> str:
    return (
        f'<Relationships><Relationship Id="r1" Type="{_RELATIONSHIPS}/{kind}" '
        f'Target="{target}" TargetMode="{mode}"/></Relationships>'
    )


def ole(*streams: str) -> bytes:
    names = b"".join(stream.encode("utf-16-le").ljust(128, b"\x00") for stream in streams)
    return OLE + b"\x00" * 504 + names


def png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
        + chunk(b"IEND", b"")
    )


def jpeg(width: int = 40, height: int = 30, *, exif: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 40)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def large_png(width: int, height: int) -> bytes:
    """A few kilobytes that unpack to very many pixels of one colour."""
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()
