"""A product to tell the story to: the one that answers, or one of our own for the while."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from demo.hall import Unexpected

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 30.0


def answers(url: str) -> bool:
    """Whether a hall is ready there."""
    try:
        with urllib.request.urlopen(f"{url}/api/organisation", timeout=5) as answer:  # noqa: S310
            return bool(answer.headers.get_content_type() == "application/json")
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def product_of_our_own(
    data: Path | None = None, *, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The one-process product on an empty folder and a free port, gone at the end.

    `data`: where it keeps what it knows, for whoever has to look into it; `settings`: in its
    environment. Yields: its URL.
    Raises: Unexpected with the end of its log when it does not start or stop.
    """
    with tempfile.TemporaryDirectory(prefix="sealflow-demo-") as folder:
        log, kept = Path(folder) / "product.log", data or Path(folder) / "data"
        product = [sys.executable, "-m", "allinone"]
        with log.open("wb") as written:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [*_ending_with_us(), *product, "--data", str(kept), "--port", "0"],
                cwd=ROOT,
                env={**os.environ, **(settings or {}), "PYTHONUNBUFFERED": "1"},
                stdout=written,
                stderr=subprocess.STDOUT,
            )
        try:
            yield _address(process, log)
        finally:
            _stop(process)


def _ending_with_us() -> list[str]:
    """Where a child can be told that who started it (a thread, prctl(2)) is gone, a killed run
    leaves no product behind."""
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "INT"] if tool else []


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """What it prints once it listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text(errors="replace").splitlines():
            if line.strip().startswith("http://") and answers(line.strip()):
                return line.strip()
        time.sleep(0.05)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise Unexpected(f"the product did not start:\n{tail}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Unexpected(f"the product did not stop within {STOP_SECONDS:.0f} s") from None
