"""Typst, kept ready: the fonts are read once a process, each template has one compiler.

A compiler cannot be shared by two threads at a time ("Already borrowed"), so a lock guards them;
compiling takes some milliseconds and lets other threads run. Never typeset before a fork: the
child would hang.
"""

import asyncio
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

import typst

from shared import memory
from shared.service import Job, Runtime

HERE = Path(__file__).parent
FONTS = HERE / "fonts"

_one_at_a_time = Lock()


@dataclass(frozen=True)
class Template:
    """An organisation's sheet: a folder of typst files (`sheets/README.md` says which)."""

    folder: Path

    def typeset(
        self, file: str, *, made_at: datetime, tagged: bool = False, **inputs: Any
    ) -> bytes:
        """A PDF. The same inputs give the same bytes.

        What people wrote goes in as JSON and is printed as it is: typst never reads it as markup.
        `tagged`: with its structure, for screen readers.
        """
        at = made_at.astimezone(UTC).replace(microsecond=0)  # typst takes whole seconds
        return self._compiled(file, inputs, format="pdf", timestamp=at, pdf_tags=tagged)

    def pictures(self, file: str, *, dots: int, **inputs: Any) -> list[bytes]:
        """Its pages as PNG. `dots`: an inch."""
        return self._pages(file, inputs, format="png", ppi=float(dots))

    def drawn(self, file: str, **inputs: Any) -> str:
        """The same as SVG, in which every character is its outline."""
        return self._compiled(file, inputs, format="svg").decode()

    def _compiled(self, file: str, inputs: Mapping[str, Any], **options: Any) -> bytes:
        made = self._pages(file, inputs, **options)
        if len(made) != 1:
            raise TypeError(f"typst made more than one page of {file}")
        return made[0]

    def _pages(self, file: str, inputs: Mapping[str, Any], **options: Any) -> list[bytes]:
        """A file a page; a PDF is one."""
        texts = {name: json.dumps(value, ensure_ascii=False) for name, value in inputs.items()}
        with _one_at_a_time:
            made = _compiler(self.folder, file).compile(sys_inputs=texts, **options)
        return [made] if isinstance(made, bytes) else list(made or ())


STANDARD = Template(HERE / "sheets")


def template_in(folder: Path | None) -> Template:
    """An organisation's own template; what its folder does not have is as in ours.

    Raises: FileNotFoundError when there is no such folder.
    """
    if folder is None:
        return STANDARD
    whole = Path(mkdtemp(prefix="sealflow-template-"))
    for source in (STANDARD.folder, folder):
        for path in sorted(source.iterdir()):
            if path.is_file():
                shutil.copyfile(path, whole / path.name)
    return Template(whole)


@cache
def _fonts(folder: Path) -> typst.Fonts:
    # The fonts that come with typst serve for ☑ and ☐ and for letters that Chinese fonts lack.
    # Nothing of the machine's is used: a sheet looks the same wherever it is made.
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[str(FONTS), str(folder)],
    )


@cache
def _compiler(folder: Path, file: str) -> typst.Compiler:
    return typst.Compiler(
        input=folder / file,
        root=folder,
        font_paths=_fonts(folder),
        ignore_system_fonts=True,
    )


async def _give_back(_runtime: Runtime) -> None:
    """Typst forgets what it remembered of earlier pages, but the C library keeps the memory.

    A sheet of many pages would otherwise leave the process some 60 MB larger for good. Not after
    each sheet: that would make every one a fifth dearer.
    """
    await asyncio.to_thread(memory.give_back)


GIVE_BACK = Job("give_memory_back", _give_back, every_seconds=60)
