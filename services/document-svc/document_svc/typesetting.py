"""Typst, kept ready: the fonts are read once a process, each template has one compiler.

A compiler cannot be shared by two threads at a time ("Already borrowed"), so a lock guards them;
compiling takes some milliseconds and lets other threads run. Never typeset before a fork: the
child would hang.
"""

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


def typeset(template: str, *, made_at: datetime, **inputs: Mapping[str, Any]) -> bytes:
    """A PDF from a template in `sheets/`. The same inputs give the same bytes.

    What people wrote goes in as JSON and is printed as it is: typst never reads it as markup.
    """
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in inputs.items()}
    with _one_at_a_time:
        pdf = _compiler(template).compile(
            format="pdf", sys_inputs=texts, timestamp=made_at.astimezone(UTC), pdf_tags=False
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no single PDF")
    return pdf
