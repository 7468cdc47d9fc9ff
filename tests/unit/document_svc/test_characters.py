"""Rare characters, other scripts, and what is honest when a font has not got one."""

import re
from itertools import islice

import pytest
from document_svc.characters import _INSIDE_TYPST, font_coverage, printable
from document_svc.typesetting import FONTS, STANDARD
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.document_svc.examples import RARE, form, sheet, text_of

_USED = re.compile(r'<use xlink:href="#(\w+)"')
_DRAWN = re.compile(r'<symbol id="(\w+)"[^>]*><path d="([^"]*)"')


def outlines(text: str) -> list[str]:
    svg = STANDARD.drawn("glyphs.typ", text=text)
    drawn = dict(_DRAWN.findall(svg))
    return [drawn[used] for used in _USED.findall(svg)]


MISSING = outlines("\U00030ede")[0]


@pytest.mark.parametrize(
    "text",
    [
        RARE,
        "𠮷𪜀𫝀𬨂𮧵",
        "㛃䶮㐂㗎",
        "Łukasz Žižek Ğ ı Ő",
        "Соглашение αβγ",
        "契約書あア",
        "①②㎡℃‰±≤→☑☐",
    ],
)
def test_what_the_fonts_have_is_printed_and_can_be_copied(text: str) -> None:
    assert printable(text, STANDARD) == text
    assert MISSING not in outlines("".join(text.split()))
    assert "".join(text.split()) in text_of(sheet(form(handler_name=text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("𰻞", "〔U+30EDE〕"),
        ("张\ue000三", "张〔U+E000〕三"),
        ("😀", "〔U+1F600〕"),
        ("협", "〔U+D611〕"),
        ("合同\u202efdp.exe", "合同〔U+202E〕fdp.exe"),  # reads backwards if it is let through
    ],
)
def test_what_no_font_has_is_printed_as_its_code_point(text: str, shown: str) -> None:
    assert printable(text, STANDARD) == shown
    assert shown in text_of(sheet(form(handler_name=text)))


def test_all_chinese_characters_of_the_first_blocks_and_extensions_have_an_outline() -> None:
    blocks = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6D6), (0x2A700, 0x2B734)]
    blocks += [(0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0)]
    for first, last in blocks:
        whole = "".join(map(chr, range(first, last + 1)))
        assert printable(whole, STANDARD) == whole
        some = whole[:: max(1, len(whole) // 60)]
        assert MISSING not in outlines(some)


def test_what_is_said_of_the_fonts_inside_typst_holds() -> None:
    for first, last in _INSIDE_TYPST:
        text = "".join(filter(str.isprintable, map(chr, range(first, last + 1))))
        assert MISSING not in outlines("".join(text.split()))


def test_a_fonts_coverage_is_read_from_its_character_map() -> None:
    ranges = list(font_coverage(FONTS / "NotoSerifSC-Regular.ttf"))
    assert sum(last - first + 1 for first, last in ranges) > 30_000
    assert list(islice(ranges, 1)) == [(0x20, 0x7E)]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200).filter(lambda text: "〔" not in text))
def test_any_text_at_all_is_replaced_at_most_by_code_points(text: str) -> None:
    shown = printable(text, STANDARD)
    restored = re.sub(r"〔U\+([0-9A-F]{4,6})〕", lambda m: chr(int(m[1], 16)), shown)
    assert restored == text
