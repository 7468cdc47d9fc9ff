"""Where opinions and seals stand."""

import pytest
from document_svc.layout import (
    MM,
    MOST_TILES,
    Box,
    SealOffCell,
    TooManyCountersigners,
    cell_layout,
    holds_readably,
    seal_box,
    tiles,
)
from hypothesis import given
from hypothesis import strategies as st

REGION = Box(125.0, 300.0, 125.0 + 148 * MM, 300.0 + 100 * MM)
COUNTS = range(1, MOST_TILES + 1)


@pytest.mark.parametrize("count", COUNTS)
def test_the_countersigning_cell_is_parted_without_gap_or_overlap(count: int) -> None:
    parts = [tile.box for tile in tiles(REGION, count)]
    assert len(parts) == count
    whole = sum(part.width * part.height for part in parts)
    assert whole == pytest.approx(REGION.width * REGION.height)
    for i, one in enumerate(parts):
        assert one.x0 >= REGION.x0 - 0.01
        assert one.y1 <= REGION.y1 + 0.01
        for other in parts[i + 1 :]:
            beside = one.x1 <= other.x0 + 0.01 or other.x1 <= one.x0 + 0.01
            above = one.y0 >= other.y1 - 0.01 or other.y0 >= one.y1 - 0.01
            assert beside or above


@pytest.mark.parametrize("count", COUNTS)
def test_every_seal_stands_inside_its_own_part(count: int) -> None:
    for tile in tiles(REGION, count):
        layout = cell_layout(tile.box.width, tile.box.height, shared=True)
        assert Box(0, 0, tile.box.width, tile.box.height).holds(layout.seal)


@pytest.mark.parametrize("count", [0, MOST_TILES + 1])
def test_more_countersigners_than_share_the_cell_are_refused(count: int) -> None:
    with pytest.raises(TooManyCountersigners):
        tiles(REGION, count)


def test_a_seal_in_a_cell_of_its_own_has_its_full_size_and_a_margin() -> None:
    layout = cell_layout(148 * MM, 50 * MM, shared=False)
    assert layout.seal.width == pytest.approx(40 * MM)
    assert layout.seal.y0 > 3 * MM
    assert 50 * MM - layout.seal.y1 > 3 * MM


@given(width=st.floats(60, 420), height=st.floats(40, 300), diameter=st.floats(20, 120))
def test_a_seal_is_wholly_inside_its_cell_or_refused(
    width: float, height: float, diameter: float
) -> None:
    cell = Box(0, 0, width, height)
    try:
        seal = seal_box(width, height, diameter=diameter)
    except SealOffCell:
        assert diameter > min(width, height) - 0.01
    else:
        assert cell.holds(seal)


def test_short_opinions_stand_clear_of_the_seal() -> None:
    layout = cell_layout(148 * MM, 50 * MM, shared=False)
    first = layout.areas[0]
    assert first.sizes[0] == max(first.sizes)
    assert first.width < layout.seal.x0


@pytest.mark.parametrize(("width", "height", "shared"), [(148, 50, False), (74, 100, True)])
def test_what_is_said_to_fit_readably_fits(width: float, height: float, shared: bool) -> None:
    layout = cell_layout(width * MM, height * MM, shared=shared)
    assert holds_readably(layout, "同意。")
    assert holds_readably(layout, "经审核，符合规定。" * 30)
    assert not holds_readably(layout, "字" * 1000)
    assert not holds_readably(layout, "一行\n" * 40)
