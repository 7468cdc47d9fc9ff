"""The sealed sheet as a stranger to the product would check it: the file, and nothing else."""

import hashlib
import io
from typing import Any

import pikepdf

from demo.verbs import check


def check_sheet(content: bytes, *, sha256: str, pages: int, signatures: int) -> None:
    """A PDF with this digest, as many pages, and as many signatures, the last over all of it.

    Raises: Unexpected.
    """
    check(content.startswith(b"%PDF-"), f"a PDF begins with %PDF-, not {content[:8]!r}")
    digest = hashlib.sha256(content).hexdigest()
    check(digest == sha256, f"the sheet's SHA-256 is {digest}, the hall says {sha256}")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        check(len(pdf.pages) == pages, f"{len(pdf.pages)} pages, the hall says {pages}")
        ranges = [_byte_range(field) for field in _signed(pdf)]
    check(len(ranges) == signatures, f"{len(ranges)} signatures, expected {signatures}")
    check(all(part[0] == 0 for part in ranges), "a signature leaves out the file's beginning")
    last = max(part[2] + part[3] for part in ranges)
    check(last == len(content), f"{len(content) - last} bytes follow the last signed one")


def _signed(pdf: pikepdf.Pdf) -> list[Any]:
    """The signature fields that hold a signature (ISO 32000-2, 12.7.5.5)."""
    form = pdf.Root.get("/AcroForm")
    fields = list(form.Fields) if form is not None else []
    return [field for field in fields if field.get("/FT") == "/Sig" and "/V" in field]


def _byte_range(field: Any) -> list[int]:
    """Offset and length, twice: all of the file but the signature (ISO 32000-2, 12.8.1)."""
    return [int(number) for number in field.V.ByteRange]
