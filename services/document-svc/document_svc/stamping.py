"""Putting a department's opinion, signature and seal on a sheet: one incremental update each.

The opinion's text and the seal are the appearance of the signature field, so that what is seen and
what is signed are one thing. Everything here is pure and takes some milliseconds: call it from a
thread.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from document_svc.certificates import Credential
from document_svc.fields import (
    NUMBER,
    add_field,
    box_of,
    countersign_place,
    field_named,
)
from document_svc.increment import Increment
from document_svc.layout import Box, CellLayout, Tile, cell_layout, tiles
from document_svc.seal import SIDE
from document_svc.typesetting import typeset


@dataclass(frozen=True)
class Part:
    """Which of the countersigning departments it is: `index` from 0, of `count`."""

    index: int
    count: int

    @property
    def field(self) -> str:
        return f"countersign-{self.index + 1}"


@dataclass(frozen=True)
class Opinion:
    """What a department's signer decided. `date` is as the sheet shows it."""

    text: str
    signer: str
    signer_title: str  # 负责人 or 审批人
    unit: str
    date: str
    signed_at: datetime


def put_opinion(
    sheet: bytes, place: str | Part, opinion: Opinion, *, seal: bytes | None, credential: Credential
) -> bytes:
    """The sheet with one more opinion on it, signed. `seal` is `draw_seal`'s; None: it has none.

    Raises: NoSuchPlace, TooManyCountersigners, BrokenSheet.
    """
    update = Increment(sheet)
    tile: Tile | None = None
    if isinstance(place, Part):
        page, region = countersign_place(update.pdf)
        tile = tiles(region, place.count)[place.index]
        field, *changed = add_field(update.pdf, page, place.field, tile.box)
        for thing in changed:
            update.touched(thing)
    else:
        field = field_named(update.pdf, place)
    box = tile.box if tile else box_of(field)
    layout = cell_layout(box.width, box.height, shared=tile is not None)
    data = opinion_data(box, layout, opinion, tile)
    text = typeset("opinion.typ", made_at=opinion.signed_at, opinion=data)
    _appear(update, field, box, text, seal=seal, at=layout.seal)
    return _signed(update, field, opinion, credential)


def put_number(sheet: bytes, number: str, opinion: Opinion, *, credential: Credential) -> bytes:
    """The sheet with its official number, certified by 督查室."""
    update = Increment(sheet)
    field = field_named(update.pdf, NUMBER)
    box = box_of(field)
    data = {"number": number, "width": box.width, "height": box.height}
    text = typeset("number.typ", made_at=opinion.signed_at, number=data)
    _appear(update, field, box, text, seal=None, at=None)
    return _signed(update, field, opinion, credential)


def opinion_data(
    box: Box, layout: CellLayout, opinion: Opinion, tile: Tile | None
) -> dict[str, Any]:
    """What `sheets/opinion.typ` reads."""
    edges = [name for name in ("left", "top") if tile is not None and getattr(tile, name)]
    return {
        "width": box.width,
        "height": box.height,
        "edges": edges,
        "unit": opinion.unit if tile else None,
        "unit_width": layout.unit_width,
        "text": opinion.text,
        "text_top": layout.text_top,
        "areas": [
            {"width": area.width, "height": area.height, "sizes": area.sizes}
            for area in layout.areas
        ],
        "signing": layout.signing,
        "label": opinion.signer_title,
        "label_printed": tile is None,
        "signer": opinion.signer,
        "date": opinion.date,
    }


def _appear(
    update: Increment,
    field: pikepdf.Object,
    box: Box,
    text: bytes,
    *,
    seal: bytes | None,
    at: Box | None,
) -> None:
    written = update.source(text).pages[0].as_form_xobject()
    shown = Dictionary(Text=update.pdf.copy_foreign(written))
    drawing = b"q /Text Do Q"
    if seal is not None and at is not None:
        shown.Seal = _seal_form(update.pdf, seal)
        scale = at.width / SIDE
        drawing += b"\nq /Over gs %.6f 0 0 %.6f %.3f %.3f cm /Seal Do Q" % (
            scale,
            scale,
            at.x0,
            at.y0,
        )
    appearance = update.pdf.make_stream(
        drawing,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, round(box.width, 3), round(box.height, 3)]),
        Resources=Dictionary(
            XObject=shown,
            # Multiply: what is written stays readable under the seal, as under real ink.
            ExtGState=Dictionary(Over=Dictionary(Type=Name.ExtGState, BM=Name.Multiply)),
        ),
    )
    field.AP = Dictionary(N=appearance)


def _signed(
    update: Increment, field: pikepdf.Object, opinion: Opinion, credential: Credential
) -> bytes:
    at = opinion.signed_at.astimezone(UTC)
    entries = Dictionary(
        Type=Name.Sig,
        Filter=Name("/Adobe.PPKLite"),
        SubFilter=Name("/ETSI.CAdES.detached"),
        Name=String(opinion.unit),
        Reason=String(opinion.text),
        M=String(at.strftime("D:%Y%m%d%H%M%SZ")),
    )
    return update.signed(field, entries, credential.sign)


def _seal_form(document: pikepdf.Pdf, drawing: bytes) -> pikepdf.Object:
    return document.make_stream(
        drawing,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, SIDE, SIDE]),
        Filter=Name.FlateDecode,
    )
