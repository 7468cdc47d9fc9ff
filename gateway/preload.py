"""What a page of the portal needs at once, said in a Link header (RFC 8288) of its answer.

The build writes `at-once.json`: by address, the files and the data that its screen begins with. A
browser that is told so asks for all of it together, where it would learn of one thing by another,
each a way there and back: on a phone far away, most of what it waits for.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

FILE = "at-once.json"
_STEP = re.compile(r"\\\{(\w+)\\\}")  # {id}, as re.escape leaves it


def links(folder: Path, path: str, *, signed_in: bool) -> str:
    """The value of the header for the page at `path`; "" when nothing is known of it.

    Data is named only to those who are signed in: a browser may hand a refusal on to whoever asks
    for the same after the sign-in.
    """
    try:
        addresses = json.loads((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return ""
    for address, needs in addresses.items():
        if found := re.fullmatch(_STEP.sub(r"(?P<\1>[\\w-]+)", re.escape(address)), path):
            return ", ".join(_needed(needs, found.groupdict(), signed_in=signed_in))
    return ""


def _needed(
    needs: Mapping[str, list[str]], steps: Mapping[str, str], *, signed_in: bool
) -> list[str]:
    data = [each.format(**steps) for each in needs["data"]] if signed_in else []
    return [
        *(f"<{script}>; rel=modulepreload" for script in needs["scripts"]),
        *(f"<{style}>; rel=preload; as=style; crossorigin" for style in needs["styles"]),
        *(f"<{each}>; rel=preload; as=fetch; crossorigin" for each in data),
    ]
