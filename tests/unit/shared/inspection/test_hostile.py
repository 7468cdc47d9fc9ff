"""Every hostile file is refused for what is wrong with it, whatever it takes from its inspector."""

from pathlib import Path

import pytest

from shared.inspection.worker import Limits, in_a_fork
from tests.unit.shared.inspection import samples
from tests.unit.shared.inspection.hostile import Case, corpus

CORPUS = corpus()
LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=8, seconds=60)


def ask(path: Path, extension: str, content: bytes, limits: Limits = LIMITS) -> dict[str, object]:
    path.write_bytes(content)
    return in_a_fork({"do": "inspect", "extension": extension, "path": str(path)}, limits)


@pytest.mark.parametrize("case", CORPUS, ids=[f"{each[1]}: {each[0]}" for each in CORPUS])
def test_a_hostile_file_is_refused_by_name(tmp_path: Path, case: Case) -> None:
    _, extension, content, fault, found = case
    assert ask(tmp_path / "upload", extension, content) == {"refused": fault, "found": found}


def test_a_link_to_the_web_in_a_letter_is_harmless(tmp_path: Path) -> None:
    link = samples.relationship("hyperlink", "https://journal.example/")
    letter = samples.office("word", parts={"word/_rels/document.xml.rels": link})
    assert ask(tmp_path / "a", "docx", letter) == {"pages": None}


def test_a_workbook_and_a_letter_without_a_password_are_let_in(tmp_path: Path) -> None:
    letter = samples.ole("WordDocument").ljust(1024, b"\0") + b"\xec\xa5".ljust(512, b"\0")
    assert ask(tmp_path / "a", "doc", letter) == {"pages": None}


@pytest.mark.parametrize("limits", [Limits(1 << 30, 1, 60), Limits(1 << 30, 30, 0.2)])
def test_what_takes_too_much_is_too_complex(tmp_path: Path, limits: Limits) -> None:
    answer = ask(tmp_path / "a", "pdf", samples.tiresome_pdf(), limits)
    assert answer == {"refused": "file_too_complex", "found": ""}
