"""Names and beginnings of files."""

import pytest

from shared.downloads import disposition
from shared.inspection.file_types import ALLOWED, begins_like, clean_name, extension


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("任务书.pdf", "任务书.pdf"),
        (r"C:\Users\沈知君\任务书.pdf", "任务书.pdf"),
        ("../../etc/任务书.pdf", "任务书.pdf"),
        (" 任务书.pdf ", "任务书.pdf"),
        ("e\u0301tude.pdf", "étude.pdf"),
    ],
)
def test_a_name_is_the_last_part_of_a_path(given: str, clean: str) -> None:
    assert clean_name(given) == clean


@pytest.mark.parametrize(
    "given",
    [
        "",
        "  ",
        "/",
        "..",
        "任务书\x00.pdf",
        "任务书\r\n.pdf",
        "gpj.\u202e任务书.pdf",
        "长" * 197 + ".pdf",
    ],
)
def test_a_name_that_would_mislead_is_refused(given: str) -> None:
    assert clean_name(given) is None


def test_the_extension_is_what_follows_the_last_dot() -> None:
    assert extension("任务书.v2.PDF") == "pdf"
    assert extension("任务书") == ""


def test_content_must_begin_as_its_extension_says() -> None:
    assert begins_like(ALLOWED["pdf"], b"%PDF-1.7")
    assert not begins_like(ALLOWED["pdf"], b"MZ\x90\x00\x03\x00\x00\x00")
    assert not begins_like(ALLOWED["png"], b"%PDF-1.7")
    assert not begins_like(ALLOWED["pdf"], b"%PD")


def test_a_chinese_name_survives_a_download() -> None:
    header = disposition('任务书 "终稿".pdf', inline=False)
    assert header.startswith('attachment; filename="___ ____.pdf"; ')
    assert header.endswith(
        "filename*=UTF-8''%E4%BB%BB%E5%8A%A1%E4%B9%A6%20%22%E7%BB%88%E7%A8%BF%22.pdf"
    )
    assert disposition("a.png", inline=True).startswith("inline; ")
