"""A draft as its sheet would look."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pikepdf
from document_svc.preview import Draft, pictures, preview
from document_svc.typesetting import STANDARD

from tests.unit.document_svc.examples import (
    ORGANISATION,
    SUBMITTED_AT,
    page_texts,
    person,
    unit,
)

COMPUTING = unit("计算机学院")


AROUND: dict[str, Any] = {
    "by": person("沈芷珺"),
    "at": SUBMITTED_AT,
    "units": {COMPUTING.id: COMPUTING.name},
    "organisation": ORGANISATION,
    "template": STANDARD,
}


def previewed(draft: Draft) -> bytes:
    return preview(draft, **AROUND)


def test_an_empty_draft_is_an_empty_sheet_that_says_preview() -> None:
    pages = page_texts(previewed(Draft()))
    assert all("预览" in page for page in pages)
    assert "预览，尚未提交，不具效力" in pages[0]
    assert "☐是☐否" in pages[0]
    assert "扫码查验真伪" not in "".join(pages)


def test_each_page_is_also_a_picture() -> None:
    rows = [{"row_id": str(n), "name": f"第{n}份协议", "copies": 1} for n in range(60)]
    draft = Draft.model_validate({"form": {"materials": rows}})
    drawn = pictures(draft, **AROUND)
    assert len(drawn) == len(page_texts(previewed(draft))) > 1
    assert all(page.startswith(b"\x89PNG") for page in drawn)


def test_what_is_filled_in_already_is_shown() -> None:
    file_id = uuid4()
    draft = Draft.model_validate(
        {
            "business_type": "research",
            "form": {
                "commitment": True,
                "unit_id": str(COMPUTING.id),
                "handler_name": "李玥祎",
                "materials": [
                    {"row_id": "a", "name": "合作协议", "copies": 3, "files": [str(file_id)]}
                ],
                "seals": {"university": {"count": 2, "place": "末页"}},
                "horizontal_contract": True,
            },
            "files": [{"id": str(file_id), "name": "协议.pdf", "bytes": 12, "pages": 7}],
        }
    )
    found = "".join(page_texts(previewed(draft)))
    for expected in (
        "用印单位计算机学院",
        "李玥祎",
        "合作协议",
        "协议.pdf7页",
        "校章：2个用章位置：末页",
    ):
        assert expected in found
    assert "校长法律顾问办公室意见" in found


def test_a_preview_has_no_place_to_sign_and_no_link() -> None:
    with pikepdf.open(BytesIO(previewed(Draft()))) as document:
        assert "/AcroForm" not in document.Root
        assert not any("/Annots" in page.obj for page in document.pages)
