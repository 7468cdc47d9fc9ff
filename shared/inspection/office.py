"""Word and Excel as PDF, by LibreOffice where it is installed and can be kept from the network.

A stranger's file once more: a process of its own without network (a network namespace with nothing
in it), with a profile of its own that is thrown away, with limits on time, memory and what it
writes. Where that cannot be had there is no conversion, and such files are for download only.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import DEVNULL
from pathlib import Path

_PROGRAMS = ("soffice", "libreoffice")
_MEMORY_BYTES = 4 << 30  # address space
_WRITTEN_BYTES = 256 << 20
_SYSTEM = ("PATH", "LD_LIBRARY_PATH")


class Converter:
    """One conversion at a time: each takes a core and some hundred megabytes."""

    def __init__(self, *, cpu_seconds: int, seconds: float) -> None:
        self._cpu_seconds = cpu_seconds
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._shut_in: tuple[str, ...] | None = None

    async def available(self) -> bool:
        return bool(await self._command())

    async def to_pdf(self, source: Path, folder: Path) -> Path | None:
        """Writes a PDF of `source` into `folder`. None when there is no converter, or it failed."""
        command = await self._command()
        if not command:
            return None
        async with self._turn:
            with tempfile.TemporaryDirectory(prefix="office-") as profile:
                await self._run(command, source, folder, Path(profile))
        made = folder / f"{source.stem}.pdf"
        return made if made.is_file() else None

    async def _command(self) -> tuple[str, ...]:
        """What a conversion's command line begins with; empty where there is none."""
        if self._shut_in is None:
            self._shut_in = await self._found()
        return self._shut_in

    async def _found(self) -> tuple[str, ...]:
        program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
        unshare, prlimit = shutil.which("unshare"), shutil.which("prlimit")
        if program is None or unshare is None or prlimit is None:
            return ()
        apart = (unshare, "--user", "--map-root-user", "--net", "--")
        probe = await asyncio.create_subprocess_exec(*apart, "true", stdout=DEVNULL, stderr=DEVNULL)
        if await probe.wait() != 0:
            return ()
        limits = (
            f"--cpu={self._cpu_seconds}",
            f"--as={_MEMORY_BYTES}",
            f"--fsize={_WRITTEN_BYTES}",
        )
        return (prlimit, *limits, "--core=0", "--", *apart, program)

    async def _run(
        self, command: tuple[str, ...], source: Path, folder: Path, profile: Path
    ) -> None:
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
            f"-env:UserInstallation=file://{profile}/profile",
            *("--convert-to", "pdf", "--outdir", str(folder), str(source)),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env={"HOME": str(profile), "LANG": "C.UTF-8"}
            | {name: os.environ[name] for name in _SYSTEM if name in os.environ},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._seconds):
                await process.wait()
        except TimeoutError:
            pass
        finally:
            _end(process.pid)
            await process.wait()


def _end(group: int) -> None:
    """Whatever it started ends with it."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
