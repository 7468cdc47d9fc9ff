"""Which files may be attached, told by the end of their name and by how their content begins."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

PDF_HEAD = b"%PDF-"
ZIP_HEAD = b"PK\x03\x04"
OLE_HEAD = bytes.fromhex("d0cf11e0a1b11ae1")  # [MS-CFB] 2.2
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
JPEG_HEAD = b"\xff\xd8\xff"
HEAD_BYTES = 8  # the longest of the above
NAME_LIMIT = 200


@dataclass(frozen=True)
class FileType:
    """`heads`: how a file of this type may begin; the rest of it is inspected when it is whole."""

    media_type: str
    heads: tuple[bytes, ...]
    shown_inline: bool = False


_OOXML = "application/vnd.openxmlformats-officedocument"
_JPEG = FileType("image/jpeg", (JPEG_HEAD,), shown_inline=True)

# A Word or Excel file with a password is an OLE container ([MS-OFFCRYPTO] 2.3.4.4): it may begin
# like one, so that it can be refused for its password and not for a disguise.
ALLOWED = {
    "pdf": FileType("application/pdf", (PDF_HEAD,), shown_inline=True),
    "doc": FileType("application/msword", (OLE_HEAD,)),
    "docx": FileType(f"{_OOXML}.wordprocessingml.document", (ZIP_HEAD, OLE_HEAD)),
    "xls": FileType("application/vnd.ms-excel", (OLE_HEAD,)),
    "xlsx": FileType(f"{_OOXML}.spreadsheetml.sheet", (ZIP_HEAD, OLE_HEAD)),
    "png": FileType("image/png", (PNG_HEAD,), shown_inline=True),
    "jpg": _JPEG,
    "jpeg": _JPEG,
}
OFFICE = frozenset({"doc", "docx", "xls", "xlsx"})
INLINE_MEDIA_TYPES = frozenset(kind.media_type for kind in ALLOWED.values() if kind.shown_inline)


def extension(name: str) -> str:
    """Lower case, without the dot; empty when there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def begins_like(kind: FileType, head: bytes) -> bool:
    """`head`: the first HEAD_BYTES of the file, or all of it when it is shorter."""
    return any(head.startswith(expected) for expected in kind.heads)


def clean_name(given: str) -> str | None:
    """The last part of a path as a browser may send it, or None when it cannot name a file.

    Control and direction marks are refused: they make `exe.fdp` out of `pdf.exe` on a screen.
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not name or len(name) > NAME_LIMIT or not PurePosixPath(name).stem.strip("."):
        return None
    return None if any(is_control(character) for character in name) else name


def is_control(character: str) -> bool:
    """Controls, surrogates, and the marks that reorder what is read (UAX #9)."""
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return True
    return unicodedata.bidirectional(character) in _REORDERING


_REORDERING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
