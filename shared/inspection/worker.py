"""Looks into files that strangers sent, each in a process of its own that may die of it.

`python -m shared.inspection.worker MEMORY_BYTES CPU_SECONDS SECONDS` reads one JSON object a line,
`{"extension": "pdf", "path": "…"}`, and answers each with one: `{"pages": 3}` (null where pages
mean nothing) or `{"refused": "file_encrypted"}`. It forks for each file, which costs a hundredth of
starting anew; the limits are the fork's. A fork that dies has met a file that meant it to.
"""

import json
import mmap
import os
import resource
import signal
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from shared.inspection.faults import MALFORMED, Fault, Refused
from shared.inspection.pdf import inspect_pdf


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
            _inspect_ooxml(path, folder="word/")
        case "xlsx":
            _inspect_ooxml(path, folder="xl/")
        case "doc":
            _inspect_ole(path, streams=("WordDocument",))
        case "xls":
            _inspect_ole(path, streams=("Workbook", "Book"))
        case "png":
            _inspect_png(path)
        case "jpg" | "jpeg":
            _inspect_jpeg(path)
        case _:
            raise Refused(Fault.DISGUISED)
    return None


def _inspect_ooxml(path: Path, *, folder: str) -> None:
    """A ZIP archive of parts (ECMA-376-2), or the container that hides one behind a password."""
    with path.open("rb") as file:
        is_archive = file.read(2) == b"PK"
    if not is_archive:
        locked = _names_stream(path, "EncryptedPackage")
        raise Refused(Fault.ENCRYPTED if locked else Fault.DISGUISED)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, *MALFORMED) as error:
        raise Refused(Fault.BROKEN) from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith(folder) for name in names):
        raise Refused(Fault.DISGUISED)
    if any(part.flag_bits & 0x1 for part in parts):
        raise Refused(Fault.ENCRYPTED)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(Fault.ACTIVE_CONTENT)


def _inspect_ole(path: Path, *, streams: tuple[str, ...]) -> None:
    if not any(_names_stream(path, stream) for stream in streams):
        raise Refused(Fault.DISGUISED)
    if _names_stream(path, "_VBA_PROJECT"):
        raise Refused(Fault.ACTIVE_CONTENT)


def _names_stream(path: Path, stream: str) -> bool:
    """Whether an OLE container's directory names a stream so ([MS-CFB] 2.6.1)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(stream.encode("utf-16-le")) >= 0


def _inspect_png(path: Path) -> None:
    """Chunks from IHDR to IEND, each whole (PNG, third edition, 5.3)."""
    kinds: list[bytes] = []
    with path.open("rb") as file:
        end = file.seek(0, 2)
        position = 8
        while position + 12 <= end and kinds[-1:] != [b"IEND"]:
            file.seek(position)
            head = file.read(8)
            position += 12 + int.from_bytes(head[:4], "big")
            kinds.append(head[4:])
    if position > end or kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND":
        raise Refused(Fault.BROKEN)


def _inspect_jpeg(path: Path) -> None:
    """A start of scan, and an end of image after it (ITU-T T.81, B.2)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        scan = content.find(b"\xff\xda")
        if scan < 0 or content.rfind(b"\xff\xd9") < scan:
            raise Refused(Fault.BROKEN)


def in_a_fork(extension: str, path: Path, limits: Limits) -> dict[str, object]:
    """What the fork answers; a refusal when it dies before it has."""
    reading, writing = os.pipe()
    fork = os.fork()
    if fork == 0:
        try:
            _limit_this_process(limits)
            os.write(writing, json.dumps(_answer(extension, path)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(fork, 0)
    answer: dict[str, object] = json.loads(said) if said else {"refused": Fault.BROKEN}
    return answer


def _answer(extension: str, path: Path) -> dict[str, object]:
    try:
        return {"pages": inspect(extension, path)}
    except Refused as refusal:
        return {"refused": refusal.fault}


def _limit_this_process(limits: Limits) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> None:
    memory_bytes, cpu_seconds, seconds = arguments
    limits = Limits(int(memory_bytes), int(cpu_seconds), float(seconds))
    for line in sys.stdin:
        asked = json.loads(line)
        answer = in_a_fork(asked["extension"], Path(asked["path"]), limits)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
