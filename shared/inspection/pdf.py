"""Whether a PDF is whole, open and still: nothing in it may act on the reader's machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from shared.inspection.faults import MALFORMED, Fault, Refused

FLATE_LIMIT = 64 << 20  # bytes that one compressed stream may grow to while it is read
NESTING_LIMIT = 100

# ISO 32000-2: 12.6.4 (actions), 7.11 (files in files), 12.7.8 (XFA), 13 (multimedia).
ACTIVE_KEYS = frozenset(
    {"/JS", "/JavaScript", "/XFA", "/AA", "/EF", "/EmbeddedFiles", "/RichMediaContent"}
)
ACTIVE_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE"}
    | {"/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView"}
)
ACTIVE_SUBTYPES = frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment"})


def inspect_pdf(path: Path) -> int:
    """Returns: the number of pages, at least 1. Raises: Refused."""
    pikepdf.settings.set_qpdf_limits(flate_max_memory=FLATE_LIMIT, parser_max_nesting=NESTING_LIMIT)
    try:
        # No recovery: two readers may repair a damaged file into two different documents.
        with pikepdf.open(path, attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise Refused(Fault.ENCRYPTED)
            if _opens_with_an_action(pdf.Root) or any(map(_is_active, _parts(pdf))):
                raise Refused(Fault.ACTIVE_CONTENT)
            pages = len(pdf.pages)
    except pikepdf.PasswordError as error:
        raise Refused(Fault.ENCRYPTED) from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error
    if not pages:
        raise Refused(Fault.BROKEN)
    return pages


def _parts(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary and stream, also those that lie directly inside another object."""
    for root in pdf.objects:
        waiting: list[Any] = [root]
        while waiting:
            part = waiting.pop()
            if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
                yield part
                children = [value for _, value in part.items()]
            elif isinstance(part, pikepdf.Array):
                children = list(part)
            else:
                continue
            waiting += [child for child in children if _is_direct_container(child)]


def _is_direct_container(child: Any) -> bool:
    return isinstance(child, pikepdf.Array | pikepdf.Dictionary) and not child.is_indirect


def _is_active(part: Any) -> bool:
    keys = set(part.keys())
    return (
        not keys.isdisjoint(ACTIVE_KEYS)
        or ("/S" in keys and str(part["/S"]) in ACTIVE_ACTIONS)
        or ("/Subtype" in keys and str(part["/Subtype"]) in ACTIVE_SUBTYPES)
        or ("/Type" in keys and str(part["/Type"]) == "/EmbeddedFile")
    )


def _opens_with_an_action(root: Any) -> bool:
    """Going to a page on opening is harmless; anything else is not the reader's own choice."""
    action = root.get("/OpenAction")
    return isinstance(action, pikepdf.Dictionary) and str(action.get("/S")) != "/GoTo"
