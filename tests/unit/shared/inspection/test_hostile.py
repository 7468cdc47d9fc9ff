"""Every hostile file is refused for what is wrong with it, whatever it takes from its inspector."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.inspection.worker import Limits
from tests.conftest import ROOT
from tests.unit.shared.inspection import samples
from tests.unit.shared.inspection.hostile import Case, corpus

CORPUS = corpus()
LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=8, seconds=60)


class Inspectors:
    """The inspecting process as the services start it, one for each set of limits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: dict[Limits, subprocess.Popen[str]] = {}

    def ask(self, extension: str, content: bytes, limits: Limits = LIMITS) -> dict[str, object]:
        path = self._folder / "upload"
        path.write_bytes(content)
        process = self._started.get(limits) or self._start(limits)
        asked = {"do": "inspect", "extension": extension, "path": str(path)}
        print(json.dumps(asked), file=process.stdin, flush=True)
        answer: dict[str, object] = json.loads(process.stdout.readline())
        return answer

    def close(self) -> None:
        for process in self._started.values():
            process.communicate()

    def _start(self, limits: Limits) -> "subprocess.Popen[str]":
        words = [str(value) for value in (limits.memory_bytes, limits.cpu_seconds, limits.seconds)]
        command = [sys.executable, "-m", "shared.inspection.worker", *words]
        process = self._started[limits] = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return process


@pytest.fixture(scope="module")
def inspectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspectors]:
    inspectors = Inspectors(tmp_path_factory.mktemp("uploads"))
    yield inspectors
    inspectors.close()


@pytest.mark.parametrize("case", CORPUS, ids=[f"{each[1]}: {each[0]}" for each in CORPUS])
def test_a_hostile_file_is_refused_by_name(inspectors: Inspectors, case: Case) -> None:
    _, extension, content, fault, found = case
    assert inspectors.ask(extension, content) == {"refused": fault, "found": found}


def test_a_link_to_the_web_in_a_letter_is_harmless(inspectors: Inspectors) -> None:
    link = samples.relationship("hyperlink", "https://journal.example/")
    letter = samples.office("word", parts={"word/_rels/document.xml.rels": link})
    assert inspectors.ask("docx", letter) == {"pages": None}


def test_a_workbook_and_a_letter_without_a_password_are_let_in(inspectors: Inspectors) -> None:
    letter = samples.ole("WordDocument").ljust(1024, b"\0") + b"\xec\xa5".ljust(512, b"\0")
    assert inspectors.ask("doc", letter) == {"pages": None}


@pytest.mark.parametrize("limits", [Limits(1 << 30, 1, 60), Limits(1 << 30, 30, 0.2)])
def test_what_takes_too_much_is_too_complex(inspectors: Inspectors, limits: Limits) -> None:
    answer = inspectors.ask("pdf", samples.tiresome_pdf(), limits)
    assert answer == {"refused": "file_too_complex", "found": ""}
