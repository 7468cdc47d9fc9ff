"""Looks into files that strangers sent, each in a process of its own that may die of it.

`python -m shared.inspection.worker MEMORY_BYTES CPU_SECONDS SECONDS` reads one JSON object a line,
`{"do": "inspect", "extension": "pdf", "path": "…"}`, and answers each with one: `{"pages": 3}`
(null where pages mean nothing) or `{"refused": "file_encrypted", "found": "…"}`. `"do": "render"`
draws a page into a file, `"do": "print"` puts pages together.

It forks for each, which costs a hundredth of starting anew; the limits are the fork's. A fork that
dies has met a file that meant it to.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.inspection.faults import Fault, Refused
from shared.inspection.ole import inspect_ole
from shared.inspection.ooxml import inspect_ooxml
from shared.inspection.pdf import inspect_pdf
from shared.inspection.pictures import inspect_picture
from shared.inspection.printing import print_copy
from shared.inspection.rendering import render

WRITTEN_LIMIT = 256 << 20  # bytes of a file that a fork may write


@dataclass(frozen=True)
class Limits:
    """Of one inspection. `memory_bytes` is address space; `seconds` are by the clock."""

    memory_bytes: int
    cpu_seconds: int
    seconds: float


def inspect(extension: str, path: Path) -> int | None:
    """Returns: the number of pages of a PDF, else None. Raises: Refused."""
    match extension:
        case "pdf":
            return inspect_pdf(path)
        case "docx":
            inspect_ooxml(path, folder="word/")
        case "xlsx":
            inspect_ooxml(path, folder="xl/")
        case "doc":
            inspect_ole(path, streams=("WordDocument",))
        case "xls":
            inspect_ole(path, streams=("Workbook", "Book"))
        case "png":
            inspect_picture(path, format_="PNG")
        case "jpg" | "jpeg":
            inspect_picture(path, format_="JPEG")
        case _:
            raise Refused(Fault.DISGUISED)
    return None


def in_a_fork(asked: dict[str, Any], limits: Limits) -> dict[str, object]:
    """What the fork answers; a refusal when it dies before it has."""
    reading, writing = os.pipe()
    fork = os.fork()
    if fork == 0:
        try:
            _limit_this_process(limits)
            os.write(writing, json.dumps(_answer(asked)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(fork, 0)
    if said:
        answer: dict[str, object] = json.loads(said)
        return answer
    exhausted = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM)
    return {"refused": Fault.TOO_COMPLEX if exhausted else Fault.BROKEN, "found": ""}


def _answer(asked: dict[str, Any]) -> dict[str, object]:
    try:
        return _DONE[asked.get("do", "inspect")](asked)
    except Refused as refusal:
        return {"refused": refusal.fault, "found": refusal.found}
    except MemoryError:
        return {"refused": Fault.TOO_COMPLEX, "found": ""}


def _inspected(asked: dict[str, Any]) -> dict[str, object]:
    return {"pages": inspect(asked["extension"], Path(asked["path"]))}


def _rendered(asked: dict[str, Any]) -> dict[str, object]:
    try:
        render(
            asked["extension"],
            Path(asked["path"]),
            Path(asked["out"]),
            page=asked["page"],
            width=asked["width"],
        )
    except IndexError:
        return {"no_such_page": True}
    return {"pages": None}


def _printed(asked: dict[str, Any]) -> dict[str, object]:
    print_copy([Path(each) for each in asked["sources"]], Path(asked["strips"]), Path(asked["out"]))
    return {"pages": None}


_DONE = {"print": _printed, "inspect": _inspected, "render": _rendered}


def _limit_this_process(limits: Limits) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    # The hard limit kills what would catch the signal of the soft one.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_LIMIT, WRITTEN_LIMIT))


def main(arguments: list[str]) -> None:
    memory_bytes, cpu_seconds, seconds = arguments
    limits = Limits(int(memory_bytes), int(cpu_seconds), float(seconds))
    for line in sys.stdin:
        answer = in_a_fork(json.loads(line), limits)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
