"""LibreOffice, as far as a conversion asks it: programs of its name and of those that shut it in.

Each `made/<extension>.pdf` that a test puts there is what it makes of a file that ends so; without
one it fails, as it does over a file that it cannot read. Every call is a line of `calls`.
"""

import os
import shutil
from pathlib import Path

import pytest

_SOFFICE = """#!/bin/sh
echo "$*" >> "{folder}/calls"
while [ $# -gt 1 ]; do
  if [ "$1" = --outdir ]; then out=$2; fi
  shift
done
name=$(basename "$1")
cp "{folder}/made/${{name##*.}}.pdf" "$out/${{name%.*}}.pdf"
"""
# What follows their own options is what they start.
_STARTS = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""


class Office:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = folder / "made"
        self._made.mkdir(parents=True)

    def makes(self, extension: str, pdf: bytes) -> None:
        (self._made / f"{extension}.pdf").write_bytes(pdf)

    @property
    def calls(self) -> int:
        """How often it was started."""
        calls = self._folder / "calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """From now on it is what `PATH` finds."""
    office = Office(folder)
    programs = {"soffice": _SOFFICE.format(folder=folder), "unshare": _STARTS, "prlimit": _STARTS}
    for name, script in programs.items():
        program = folder / name
        program.write_text(script)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return office


def missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none, whatever this machine has."""
    folder.mkdir()
    for name in ("sh", "true"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
