"""Makes a fresh clone ready: `python3 deploy/setup.py run`, or `test` for what the tests need too.

.venv with the locked dependencies, the system packages that the tests need, the portal. Safe to
repeat: what is there already is left alone. Standard library only; any Python from 3.8 can start
it, it looks for a new enough one itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "sealflow-setup.json"
LOCKED_BY = (ROOT / "uv.lock", ROOT / "pyproject.toml")
UV = "uv>=0.9,<1"
NEWEST, OLDEST = 14, 11

PARTS = {
    "run": ["--no-dev", "--extra", "allinone", "--extra", "portal"],
    "test": ["--group", "dev", "--extra", "allinone", "--extra", "portal"],
    "bench": ["--group", "dev", "--group", "bench", "--extra", "allinone", "--extra", "portal"],
}

# Debian package → what shows that it is there: programs, or files by pattern.
SYSTEM_PACKAGES = {
    "postgresql": ["/usr/lib/postgresql/*/bin/initdb", "initdb"],
    "rabbitmq-server": ["/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"],
    "poppler-utils": ["pdftotext"],
    "softhsm2": ["softhsm2-util"],
    "fonts-noto-cjk": ["/usr/share/fonts/**/NotoSansCJK*", "/Library/Fonts/*CJK*"],
}

# The first is the engine without a desk around it, which spends less than half on a page; any
# other does, where that one cannot be had.
BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


class SetupError(Exception):
    """What is missing, and what to do about it."""


def main() -> int:
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    if purpose not in PARTS:
        print("usage: deploy/setup.py run|test|bench", file=sys.stderr)
        return 2
    try:
        dependencies(purpose)
        if purpose != "run":
            system_packages()
    except SetupError as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    return portal()


def dependencies(purpose: str) -> None:
    wanted = _fingerprint()
    done = _stamp()
    covered = {purpose, "test"} if purpose == "run" else {purpose}
    if wanted in {done.get(name) for name in covered}:
        return
    if not _answers(PYTHON):
        _create_environment()
    if not (VENV / "bin" / "uv").exists():
        _step("installing uv, which installs the rest")
        _call([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])
    _step(f"installing the locked dependencies ({purpose})")
    # Inexact: what an earlier set-up brought (the tests' tools, uv itself) stays.
    command = [str(VENV / "bin" / "uv"), "sync", "--frozen", "--inexact", "--python", str(PYTHON)]
    settings = {
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "1",  # a university's network may have a certificate of its own
        "UV_LINK_MODE": "copy",
    }
    _call([*command, *PARTS[purpose]], **settings)
    STAMP.write_text(json.dumps({**done, purpose: wanted}))


def system_packages() -> None:
    missing = [name for name, signs in SYSTEM_PACKAGES.items() if not any(map(_is_there, signs))]
    if missing:
        _apt_install(missing, why="the tests need")
    _browser()


def _browser() -> None:
    if _is_there(BROWSERS[0]):
        return
    try:
        _apt_install(BROWSERS[:1], why="the tests are quicker with")
    except SetupError:
        if not any(map(_is_there, BROWSERS)):
            _apt_install(["chromium"], why="the tests need")


def portal() -> int:
    builder = ROOT / "portal" / "build.py"
    return subprocess.call([str(PYTHON), str(builder)], cwd=str(ROOT))


def _create_environment() -> None:
    python = _newest_python()
    _step(f"creating .venv with {python}")
    command = [python, "-m", "venv", "--clear", str(VENV)]
    if not _succeeds(command):
        # Debian keeps ensurepip, which venv needs, in a package of its own.
        _apt_install(["python3-venv"], why="creating .venv needs")
        _call(command)


def _newest_python() -> str:
    names = [f"python3.{minor}" for minor in range(NEWEST, OLDEST - 1, -1)]
    for name in (sys.executable, "python3", *names):
        if name and _answers(name):
            return name
    raise SetupError(f"Sealflow needs Python 3.{OLDEST} or newer, and none was found.")


def _answers(python: str | Path) -> bool:
    """Whether it can be started and is new enough."""
    return _succeeds([python, "-c", f"import sys; sys.exit(sys.version_info < (3, {OLDEST}))"])


def _apt_install(packages: list[str], *, why: str) -> None:
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(f"{why} {', '.join(packages)}. On Debian or Ubuntu: sudo {_said(command)}")
    _step(f"{why} {', '.join(packages)}: installing")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if not _succeeds(command, **quiet):
        _call(["apt-get", "update", "-qq"])
        _call([*command, "-qq"], **quiet)


def _is_there(sign: str) -> bool:
    if not sign.startswith("/"):
        return shutil.which(sign) is not None
    return next(Path("/").glob(sign[1:]), None) is not None


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in LOCKED_BY:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stamp() -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return kept if PYTHON.exists() else {}


_BEGAN = time.monotonic()


def _step(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:5.1f} s] {what}", flush=True)


def _said(command: Sequence[str]) -> str:
    return " ".join(command)


def _succeeds(command: Sequence[str | Path], **settings: str) -> bool:
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _call(command: Sequence[str | Path], **settings: str) -> None:
    words = [str(part) for part in command]
    if subprocess.call(words, env={**os.environ, **settings}, cwd=str(ROOT)):
        raise SetupError(f"failed: {_said(words)}")


if __name__ == "__main__":
    sys.exit(main())
