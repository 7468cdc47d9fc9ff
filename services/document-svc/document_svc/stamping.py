"""Putting a department's opinion, signature and seal on a sheet: one incremental update each.

The opinion's text and the seal are the appearance of the signature field, so that what is seen and
what is signed are one thing. Everything here is pure and takes some milliseconds: call it from a
thread.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Protocol

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from document_svc.characters import printable
from document_svc.fields import (
    NUMBER,
    add_field,
    box_of,
    countersign_place,
    field_named,
    has_field,
)
from document_svc.increment import Increment
from document_svc.layout import SEAL_DIAMETER, Box, CellLayout, Tile, cell_layout, tiles
from document_svc.seal import SIDE
from document_svc.seal_picture import SealPicture
from document_svc.typesetting import STANDARD, Template


class Signs(Protocol):
    """A key, here or in the signing process. `room`: the most bytes that a signature takes."""

    @property
    def room(self) -> int: ...

    def sign(self, digest: bytes) -> bytes:
        """A CMS signature over content with this SHA-256."""


@dataclass(frozen=True)
class Part:
    """Which of the countersigning departments it is: `index` from 0, of `count`."""

    index: int
    count: int

    @property
    def field(self) -> str:
        return f"countersign-{self.index + 1}"

    def __str__(self) -> str:
        return self.field


@dataclass(frozen=True)
class Opinion:
    """What a department's signer decided. `date` is as the sheet shows it.

    `order`: the signed order to put it on (shared/seal_order.py), which goes into the signature.
    """

    text: str
    signer: str
    signer_title: str  # 负责人 or 审批人
    unit: str
    date: str
    signed_at: datetime
    order: str | None = None


@dataclass(frozen=True)
class Hand:
    """What a department seals with: its seal, if it has one, its key, the template.

    `drawing`: `draw_seal`'s, or a picture instead; `diameter` in points.
    """

    drawing: bytes | SealPicture | None
    credential: Signs
    template: Template = STANDARD
    diameter: float = SEAL_DIAMETER


def put_opinion(
    sheet: bytes, place: str | Part, opinion: Opinion, hand: Hand, *, continued: bool = False
) -> bytes:
    """The sheet with one more opinion on it, signed.

    `continued`: only its beginning, since a further page has the whole.
    Raises: NoSuchPlace, TooManyCountersigners, BrokenSheet.
    """
    update = Increment(sheet)
    tile = _tile(update.pdf, place)
    if tile is None:
        field = field_named(update.pdf, str(place))
    else:
        page, _ = countersign_place(update.pdf)
        field, *changed = add_field(update.pdf, page, str(place), tile.box)
        update.added(field)
        for thing in changed:
            update.touched(thing)
    box = tile.box if tile else box_of(field)
    layout = cell_layout(box.width, box.height, shared=tile is not None, diameter=hand.diameter)
    data = opinion_data(box, layout, opinion, tile) | {"continued": continued}
    text = hand.template.typeset(
        "opinion.typ", made_at=opinion.signed_at, opinion=printable(data, hand.template)
    )
    shown = _appearance(update, box, text, seal=hand.drawing, at=layout.seal)
    return _signed(update, field, shown, opinion, hand.credential)


def place_layout(sheet: bytes, place: str | Part) -> CellLayout:
    """How an opinion would be laid out there. Raises: NoSuchPlace, TooManyCountersigners."""
    with pikepdf.open(BytesIO(sheet)) as document:
        tile = _tile(document, place)
        box = tile.box if tile else box_of(field_named(document, str(place)))
        return cell_layout(box.width, box.height, shared=tile is not None)


def _tile(document: pikepdf.Pdf, place: str | Part) -> Tile | None:
    """The countersigner's part of the shared cell; None for a place with a cell of its own."""
    if not isinstance(place, Part) or has_field(document, place.field):
        return None
    _, region = countersign_place(document)
    return tiles(region, place.count)[place.index]


def put_number(sheet: bytes, number: str, opinion: Opinion, hand: Hand) -> bytes:
    """The sheet with its official number, certified by 督查室."""
    update = Increment(sheet)
    field = field_named(update.pdf, NUMBER)
    box = box_of(field)
    data = {"number": number, "width": box.width, "height": box.height}
    text = hand.template.typeset("number.typ", made_at=opinion.signed_at, number=data)
    shown = _appearance(update, box, text, seal=None, at=None)
    return _signed(update, field, shown, opinion, hand.credential)


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


def _appearance(
    update: Increment,
    box: Box,
    text: bytes,
    *,
    seal: bytes | SealPicture | None,
    at: Box | None,
) -> pikepdf.Object:
    written = update.source(text).pages[0].as_form_xobject()
    shown = Dictionary(Text=update.made.copy_foreign(written))
    drawing = b"q /Text Do Q"
    if seal is not None and at is not None:
        shown.Seal = _seal_form(update.made, seal)
        scale = at.width / (SIDE if isinstance(seal, bytes) else 1)
        drawing += b"\nq /Over gs %.6f 0 0 %.6f %.3f %.3f cm /Seal Do Q" % (
            scale,
            scale,
            at.x0,
            at.y0,
        )
    return update.made.make_stream(
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


def _signed(
    update: Increment,
    field: pikepdf.Object,
    appearance: pikepdf.Object,
    opinion: Opinion,
    credential: Signs,
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
    if opinion.order is not None:
        # Ours, and covered like the rest: whoever has the sheet alone can tell why it was sealed.
        entries.SealOrder = String(opinion.order)
    return update.signed(
        field, entries, credential.sign, appearance=appearance, room=credential.room
    )


def _seal_form(document: pikepdf.Pdf, drawing: bytes | SealPicture) -> pikepdf.Object:
    if isinstance(drawing, SealPicture):
        return _seal_image(document, drawing)
    return document.make_stream(
        drawing,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, SIDE, SIDE]),
        Filter=Name.FlateDecode,
    )


def _seal_image(document: pikepdf.Pdf, picture: SealPicture) -> pikepdf.Object:
    common = {
        "/Type": Name.XObject,
        "/Subtype": Name.Image,
        "/Width": picture.side,
        "/Height": picture.side,
        "/BitsPerComponent": 8,
        "/Filter": Name.FlateDecode,
    }
    mask = document.make_stream(
        picture.alpha, Dictionary(common | {"/ColorSpace": Name.DeviceGray})
    )
    return document.make_stream(
        picture.colours, Dictionary(common | {"/ColorSpace": Name.DeviceRGB, "/SMask": mask})
    )
