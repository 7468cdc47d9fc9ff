"""The copy that is shown of a sheet that counts no more: 作废 across every page.

The signed file itself is kept as it is. In the copy the signatures are drawn into the pages and
their fields taken away, so that no reader can show a void sheet as validly signed.
"""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
from pikepdf import Dictionary, Name

from document_svc.typesetting import STANDARD, Template

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # the mark itself has no date; the same bytes always


def void_copy(sheet: bytes, template: Template = STANDARD) -> bytes:
    """A PDF that says 作废 on every page. Takes some 10 ms: call it from a thread."""
    with pikepdf.open(BytesIO(sheet)) as document:
        document.flatten_annotations()
        for key in ("/AcroForm", "/SealflowPlaces"):
            if key in document.Root:
                del document.Root[key]
        mark = pikepdf.open(BytesIO(template.typeset("void.typ", made_at=_LONG_AGO)))
        form = document.copy_foreign(mark.pages[0].as_form_xobject())
        over = Dictionary(Type=Name.ExtGState, BM=Name.Multiply)
        for page in document.pages:
            if "/Annots" in page.obj:  # what is left: places that nobody signed
                del page.obj.Annots
            page.contents_coalesce()
            page.add_resource(form, Name.XObject, name=Name.Void)
            page.add_resource(over, Name.ExtGState, name=Name.VoidOver)
            page.contents_add(b"q", prepend=True)
            page.contents_add(b"Q q /VoidOver gs /Void Do Q")
        out = BytesIO()
        document.save(out, deterministic_id=True)
        mark.close()
    return out.getvalue()
