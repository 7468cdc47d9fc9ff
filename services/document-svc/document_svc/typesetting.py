"""Typst, kept ready: the fonts are read once a process, each template has one compiler.

A compiler cannot be shared by two threads at a time ("Already borrowed"), so a lock guards them;
compiling takes some milliseconds and lets other threads run. Never typeset before a fork: the
child would hang.
"""

import ctypes
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
TEMPLATES = HERE / "sheets"

_one_at_a_time = Lock()
# glibc's; where there is another C library, memory is given back in its own way.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


@cache
def _fonts() -> typst.Fonts:
    # The fonts that come with typst serve only for ☑ and ☐. Nothing of the machine's is used, so
    # that a sheet looks the same wherever it is made.
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)]
    )


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(
        input=TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )


def typeset(template: str, *, made_at: datetime, **inputs: Any) -> bytes:
    """A PDF from a template in `sheets/`. The same inputs give the same bytes.

    What people wrote goes in as JSON and is printed as it is: typst never reads it as markup.
    """
    at = made_at.astimezone(UTC).replace(microsecond=0)  # typst takes whole seconds
    return _compiled(template, inputs, format="pdf", timestamp=at, pdf_tags=False)


def drawn(template: str, **inputs: Any) -> str:
    """The same as SVG, in which every character is its outline."""
    return _compiled(template, inputs, format="svg").decode()


def _compiled(template: str, inputs: Mapping[str, Any], **options: Any) -> bytes:
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in inputs.items()}
    with _one_at_a_time:
        made = _compiler(template).compile(sys_inputs=texts, **options)
    _give_back()
    if not isinstance(made, bytes):
        raise TypeError(f"typst made more than one page of {template}")
    return made


def _give_back() -> None:
    """Typst forgets what it remembered of earlier pages, but the C library keeps the memory.

    A sheet of many pages would otherwise leave the process some 60 MB larger for good.
    """
    if _trim is not None:
        _trim(0)
