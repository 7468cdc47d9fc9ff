"""Signature fields: made in the base from the template's links, found again by name.

The template draws an invisible link `seal:<key>` over each place. A field's rectangle must be final
before the first signature, so the links become fields at once; the countersigning cell alone is
parted later, when it is known among how many, and is kept in the catalogue as a plain rectangle.
"""

from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from document_svc.increment import Increment
from document_svc.layout import Box

COUNTERSIGN = "countersign"
NUMBER = "number"

_NAMES = {
    "applying_unit": "申请部门意见",
    "approving_department": "审批部门意见",
    COUNTERSIGN: "会签部门意见",
    "legal_counsel": "校长法律顾问办公室意见",
    NUMBER: "编号",
}
_MARK = "seal:"
_PRINT_AND_LOCKED = 4 | 128  # ISO 32000-2, table 167
_SIGNATURES_EXIST_APPEND_ONLY = 3  # table 225


class NoSuchPlace(LookupError):
    """The sheet has no place of this name."""


def with_fields(pdf: bytes) -> bytes:
    """Turns the template's links into empty signature fields. The same input, the same output.

    An update behind what typst wrote: to write all of it anew takes as long as a page to typeset.
    """
    update = Increment(pdf)
    root = update.pdf.Root
    structure = root.get("/StructTreeRoot")
    parents = None if structure is None else pikepdf.NumberTree(structure.ParentTree)
    fields, places = Array(), Dictionary()
    for number, page in enumerate(update.pdf.pages):
        others = Array()
        for annotation in page.obj.get("/Annots", Array()):
            key = _mark_of(annotation)
            element = _element_of(parents, annotation)
            if key is not None and element is not None:
                # A field that the structure referred to could not be signed: to change it
                # would change the structure. It is read out by its own name (TU).
                element.S, element.K = Name.NonStruct, Array()
                update.touched(element)
            if key == COUNTERSIGN:
                places[f"/{key}"] = Array([number, *_rectangle(annotation)])
                continue
            others.append(annotation)
            if key is not None:
                _become_field(annotation, page, key)
                update.touched(annotation)
                fields.append(annotation)
        # An object of its own, so that a later update can write it again without the page.
        update.touched(page.obj, {"/Annots": update.put_in(others)})
    form = Dictionary(SigFlags=_SIGNATURES_EXIST_APPEND_ONLY)
    root.SealflowPlaces = places
    named = {"/Fields": update.put_in(fields)}
    update.touched(root, {"/AcroForm": update.put_in(form, named)})
    return update.unsigned()


def page_count(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


def field_named(document: pikepdf.Pdf, name: str) -> pikepdf.Object:
    """Raises: NoSuchPlace."""
    for field in document.Root.AcroForm.Fields:
        if str(field.T) == name:
            return field
    raise NoSuchPlace(name)


def has_field(document: pikepdf.Pdf, name: str) -> bool:
    return any(str(field.T) == name for field in document.Root.AcroForm.Fields)


def box_of(field: pikepdf.Object) -> Box:
    return Box(*(float(edge) for edge in field.Rect))


def countersign_place(document: pikepdf.Pdf) -> tuple[int, Box]:
    """The page, from 0, and the whole cell that the countersigning departments share."""
    page, *edges = document.Root.SealflowPlaces[f"/{COUNTERSIGN}"]
    return int(page), Box(*(float(edge) for edge in edges))


def add_field(document: pikepdf.Pdf, page: int, name: str, box: Box) -> list[pikepdf.Object]:
    """A new field in an existing sheet. Returns: it, and the existing objects that changed."""
    on = document.pages[page]
    entries = _entries(on, name, [box.x0, box.y0, box.x1, box.y1])
    field = document.make_indirect(Dictionary(entries))
    document.Root.AcroForm.Fields.append(field)
    on.obj.Annots.append(field)
    return [field, document.Root.AcroForm.Fields, on.obj.Annots]


def _mark_of(annotation: pikepdf.Object) -> str | None:
    action = annotation.get("/A")
    uri = str(action.get("/URI", "")) if action is not None else ""
    return uri.removeprefix(_MARK) if uri.startswith(_MARK) else None


def _rectangle(annotation: pikepdf.Object) -> list[float]:
    x0, y0, x1, y1 = (float(edge) for edge in annotation.Rect)
    return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]


def _element_of(parents: pikepdf.NumberTree | None, annotation: pikepdf.Object) -> Any:
    """The structure element that refers to the annotation, if any (ISO 32000-2, 14.7.5.4)."""
    key = annotation.get("/StructParent")
    return parents.get(int(key)) if parents is not None and key is not None else None


def _become_field(annotation: pikepdf.Object, page: pikepdf.Page, name: str) -> None:
    """The link becomes the signature's widget."""
    for key, value in _entries(page, name, _rectangle(annotation)).items():
        annotation[key] = value
    for key in ("/A", "/Border", "/Contents", "/StructParent"):
        if key in annotation:
            del annotation[key]


def _entries(page: pikepdf.Page, name: str, rectangle: list[float]) -> dict[str, Any]:
    return {
        "/Type": Name.Annot,
        "/Subtype": Name.Widget,
        "/FT": Name.Sig,
        "/T": pikepdf.String(name),
        "/TU": pikepdf.String(_read_out(name)),
        "/Rect": Array([round(edge, 3) for edge in rectangle]),
        "/F": _PRINT_AND_LOCKED,
        "/P": page.obj,
    }


def _read_out(name: str) -> str:
    """What a screen reader says of the field."""
    key, _, part = name.partition("-")
    return f"{_NAMES.get(key, name)}{part}：电子签名及印章"
