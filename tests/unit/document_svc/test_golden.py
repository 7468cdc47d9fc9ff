"""A dozen sheets, as they look and as other programs judge them."""

import re
import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops

from tests.unit.document_svc.golden_sheets import FOLDER, SHEETS, picture
from tests.unit.document_svc.test_signatures import verdicts

UNSIGNED = ("unsealed", "preview", "void", "forty-rows", "everything-asked")
SIGNED = [name for name in SHEETS if name not in UNSIGNED]
FAINT = 51  # three of sixteen greys: edges that another machine rounds otherwise
DIFFERENT_SHARE = 0.002


@cache
def pdf(name: str) -> bytes:
    return SHEETS[name]()


@pytest.mark.parametrize("name", SHEETS)
def test_it_looks_as_it_did(name: str) -> None:
    now, before = picture(pdf(name)), Image.open(FOLDER / f"{name}.png").convert("L")
    assert now.size == before.size
    histogram = ImageChops.difference(now, before).histogram()
    different = sum(histogram[FAINT + 1 :]) / (now.width * now.height)
    assert different <= DIFFERENT_SHARE


def test_a_picture_that_differs_is_noticed() -> None:
    one, other = picture(pdf("unsealed")), picture(pdf("everything-asked"))
    common = (min(one.width, other.width), min(one.height, other.height))
    box = (0, 0, *common)
    histogram = ImageChops.difference(one.crop(box), other.crop(box)).histogram()
    assert sum(histogram[FAINT + 1 :]) / (common[0] * common[1]) > DIFFERENT_SHARE


def test_every_kept_picture_is_of_a_sheet() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(SHEETS)


@pytest.mark.parametrize("name", SHEETS)
def test_its_syntax_is_sound(name: str) -> None:
    with pikepdf.open(BytesIO(pdf(name))) as document:
        assert document.check_pdf_syntax() == []


@pytest.mark.parametrize("name", SIGNED)
def test_poppler_and_pyhanko_call_every_signature_valid(name: str, tmp_path: Path) -> None:
    data = pdf(name)
    statuses = verdicts(data)
    assert statuses
    assert all(status.bottom_line for status in statuses)
    file = tmp_path / "sheet.pdf"
    file.write_bytes(data)
    told = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
    ).stdout
    assert re.findall(r"Signature Validation: (.*)", told) == ["Signature is Valid."] * len(
        statuses
    )
