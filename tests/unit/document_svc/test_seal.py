"""The drawing of a seal."""

import re
from zlib import decompress

import pytest
from document_svc.seal import SIDE, draw_seal

NAMES = ("财务部", "澄岚大学计算机学院", "澄岚大学国际合作与交流处（港澳台事务办公室）", "校" * 30)


@pytest.mark.parametrize("text", NAMES)
def test_a_seal_is_wholly_inside_its_square(text: str) -> None:
    for point in points(draw_seal(text, specimen=True)):
        assert all(0 <= coordinate <= SIDE for coordinate in point)


def test_a_demonstrations_seal_says_so_and_a_real_one_does_not() -> None:
    marked, plain = draw_seal("财务部", specimen=True), draw_seal("财务部", specimen=False)
    assert decompress(marked).startswith(decompress(plain).removesuffix(b"f"))
    assert len(marked) > len(plain)


def test_the_words_of_the_specimen_are_clearly_visible() -> None:
    plain = points(draw_seal("财务部", specimen=False))
    added = points(draw_seal("财务部", specimen=True))[len(plain) :]
    height = max(y for _, y in added) - min(y for _, y in added)
    width = max(x for x, _ in added) - min(x for x, _ in added)
    assert height > 0.1 * SIDE
    assert width > 0.2 * SIDE


def test_the_same_text_gives_the_same_drawing() -> None:
    assert draw_seal("财务部", specimen=True) == draw_seal("财务部", specimen=True)


def test_rare_characters_have_outlines() -> None:
    missing = draw_seal("\ue000", specimen=False)
    for character in "喆堃珺玥祎赟旸镕頔䶮㛃翀龑𬀩":
        assert draw_seal(character, specimen=False) != missing


def test_spaces_in_a_seals_text_leave_no_gap() -> None:
    assert draw_seal("财 务 部", specimen=False) == draw_seal("财务部", specimen=False)


def points(drawing: bytes) -> list[tuple[float, float]]:
    found = []
    for line in decompress(drawing).decode().splitlines():
        if re.search(r" [mlc]$", line):
            numbers = [float(n) for n in line.split()[:-1]]
            numbers = numbers[-6:] if line.endswith("c") else numbers[-2:]
            found += list(zip(numbers[::2], numbers[1::2], strict=True))
    return found
