"""The sheet as it is printed."""

from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from document_svc.fields import box_of, countersign_place, field_named, page_count
from document_svc.layout import MM
from document_svc.sheet import SheetContent, sheet_data
from document_svc.typesetting import STANDARD

from shared.contracts.people import BusinessType
from tests.unit.document_svc.examples import (
    CODE,
    ORGANISATION,
    RARE,
    file,
    form,
    page_texts,
    sheet,
    submitted,
    text_of,
)


def test_everything_that_was_filled_in_can_be_copied_from_the_sheet() -> None:
    found = text_of(sheet())
    for expected in (
        ORGANISATION.sheet_title,
        ORGANISATION.commitment,
        ORGANISATION.sheet_note,
        ORGANISATION.contract_note,
        "承诺人：沈芷珺2026年03月01日11:42",
        "受理号：SL2026-000139",
        "编号：",
        "业务类型：科研类",
        f"用印地点：{ORGANISATION.seal_place}",
        "用印单位计算机学院",
        "审批部门科研部",
        "用印申请人王罗珺",
        "用印申请人手机13800000001",
        "经办人李玥祎",
        "经办人手机13800000002",
        "第2份材料：横向技术开发（委托）合同",
        "合同2.pdf",
        "12页·SHA-256",
        "☐是☑否",
        "法律办回复.png",
        "校章：2个用章位置：第1项用印材料2,3页；第2项末页",
        "校长章：1个",
        "党委章：0个",
        "法人证书用途科研项目申报",
        "申请部门意见",
        "审批部门意见",
        "会签部门意见",
        "校长法律顾问办公室意见",
        "负责人签字：",
        f"查验码{CODE}",
        "第1页/共2页",
    ):
        assert "".join(expected.split()) in found, expected


def test_the_counsels_cell_is_there_only_with_a_horizontal_contract() -> None:
    found = text_of(sheet(form(horizontal_contract=False, contract_files=())))
    assert "校长法律顾问办公室意见" not in found
    assert "☐是☑否" in found


@pytest.mark.parametrize("business_type", BusinessType)
def test_every_business_type_has_its_words(business_type: BusinessType) -> None:
    content = SheetContent(submitted(form(business_type=business_type)), ORGANISATION, CODE)
    assert sheet_data(content)["business_type"].endswith("类")


def test_sixty_materials_run_over_pages_that_each_repeat_the_header() -> None:
    pages = page_texts(sheet(form(materials=60)))
    found = "".join(pages)
    with_rows = [page for page in pages if "合同" in page and ".pdf" in page]
    assert len(with_rows) >= 3
    assert all("用印材料名称上传用印材料用印材料份数" in page for page in with_rows)
    assert all(f"第{n}份材料" in found for n in range(1, 61))
    assert all(f"第{n}页/共{len(pages)}页" in page for n, page in enumerate(pages, 1))


def test_rare_characters_are_printed_and_can_be_copied() -> None:
    assert f"经办人{RARE}" in text_of(sheet(form(handler_name=RARE)))


def test_what_people_wrote_is_printed_as_they_wrote_it() -> None:
    wild = '#panic("x") *粗* $x$ \\u{61} [a] <b> // c @d `e` = f'
    assert "".join(wild.split()) in text_of(sheet(form(handler_name=wild)))


def test_a_row_with_forty_files_and_long_names_loses_nothing() -> None:
    names = [f"{'a_very-long.file_name' * 6}_{n}_终稿.pdf" for n in range(40)]
    material = form().materials[0].model_copy(update={"files": tuple(map(file, names))})
    found = text_of(sheet(form(materials=1).model_copy(update={"materials": (material,)})))
    assert all(f"_{n}_终稿.pdf" in found for n in range(40))


def test_the_same_submission_gives_the_same_bytes() -> None:
    assert sheet() == sheet()


def test_another_submission_gives_other_bytes() -> None:
    assert sheet() != sheet(form(handler_name="另一人"))


def test_what_was_typeset_stands_untouched_before_the_fields() -> None:
    content = SheetContent(submitted(form()), ORGANISATION, CODE)
    typeset = STANDARD.typeset(
        "sheet.typ",
        made_at=content.submitted.submitted_at,
        tagged=True,
        sheet=sheet_data(content),
    )
    made = sheet()
    assert made.startswith(typeset)
    with pikepdf.open(BytesIO(made), attempt_recovery=False) as document:
        assert not document.check_pdf_syntax()
        assert all(each.FT == "/Sig" for page in document.pages for each in page.Annots)


def test_each_place_for_a_seal_is_on_a_page_and_large_enough() -> None:
    for materials in (1, 4, 5, 23, 60):
        pdf = sheet(form(materials=materials))
        with pikepdf.open(BytesIO(pdf)) as document:
            for name in ("applying_unit", "approving_department", "legal_counsel"):
                box = box_of(field_named(document, name))
                assert box.height == pytest.approx(50 * MM, abs=0.1)
                assert box.y0 > 0
                assert box.y1 < 297 * MM
            page, region = countersign_place(document)
            assert 0 <= page < page_count(pdf)
            assert region.height == pytest.approx(100 * MM, abs=0.1)


def test_the_fonts_are_embedded_as_subsets() -> None:
    pdf = sheet()
    assert len(pdf) < 200_000
    with pikepdf.open(BytesIO(pdf)) as document:
        fonts = [o for o in document.objects if isinstance(o, pikepdf.Dictionary)]
        names = [str(o.FontName) for o in fonts if "/FontFile2" in o or "/FontFile3" in o]
    assert names
    assert all(name[7] == "+" for name in names)  # ISO 32000-2, 9.9.2: a subset's tag


def test_no_character_leaves_the_margins() -> None:
    name = f"{'a_very-long.file_name' * 9}.pdf"
    row = form().materials[0].model_copy(update={"name": name, "files": (file(name),)})
    wide = form(handler_name=name[:120]).model_copy(update={"materials": (row,)})
    pages = pypdfium2.PdfDocument(sheet(wide))
    for page in pages:
        text = page.get_textpage()
        for n in range(text.count_chars()):
            left, _, right, _ = text.get_charbox(n)
            assert left >= 17 * MM
            assert right <= page.get_width() - 17 * MM
