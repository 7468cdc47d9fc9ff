"""Another organisation's sheet is another template."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from document_svc.fields import box_of, field_named
from document_svc.sheet import SheetContent, base_sheet
from document_svc.stamping import Hand, Part, put_number, put_opinion
from document_svc.typesetting import STANDARD, template_in

from tests.unit.document_svc.examples import (
    CODE,
    ORGANISATION,
    credential,
    drawing,
    opinion,
    submitted,
    text_of,
)
from tests.unit.document_svc.test_signatures import drawn_seal, verdicts

OTHER = template_in(Path(__file__).parent / "other_template")


def test_it_prints_in_its_own_way_and_is_sealed_in_its_own_places() -> None:
    pdf = base_sheet(SheetContent(submitted(), ORGANISATION, CODE, template=OTHER))
    for place in ("applying_unit", Part(0, 2), Part(1, 2), "legal_counsel"):
        hand = Hand(drawing("某医院"), credential("医务处"), OTHER)
        pdf = put_opinion(pdf, place, opinion("医务处", "同意使用。"), hand)
    number = opinion("督查室", "编号 1")
    pdf = put_number(pdf, "YY-1", number, Hand(None, credential("督查室"), OTHER))
    found = text_of(pdf)
    assert "医院印章使用单" in found
    assert found.count("同意使用。") == 4
    assert "YY-1" in found
    assert all(status.bottom_line for status in verdicts(pdf))
    with pikepdf.open(BytesIO(pdf)) as document:
        cell = box_of(field_named(document, "applying_unit"))
        seal = drawn_seal(field_named(document, "applying_unit"))
        assert seal is not None
        assert seal.height <= cell.height < 45 * 72 / 25.4


def test_what_its_folder_does_not_have_is_the_standards() -> None:
    assert (OTHER.folder / "void.typ").read_bytes() == (STANDARD.folder / "void.typ").read_bytes()
    assert template_in(None) is STANDARD


def test_a_template_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        template_in(tmp_path / "nowhere")
