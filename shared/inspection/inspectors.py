"""The processes that inspect uploads: started when first needed, kept, replaced when they fail."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.inspection.faults import Fault, Refused
from shared.inspection.settings import InspectionSettings

GRACE_SECONDS = 5  # beyond the inspection's own limit, before the inspector itself is given up


class Inspectors:
    def __init__(self, settings: InspectionSettings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(settings.inspections_at_once)
        self._idle: list[Process] = []

    async def inspect(self, path: Path, extension: str) -> int | None:
        """Returns: the number of pages of a PDF, else None. Raises: Refused."""
        answer = await self._do({"do": "inspect", "extension": extension, "path": str(path)})
        pages: int | None = answer["pages"]
        return pages

    async def render(self, path: Path, extension: str, out: Path, *, page: int, width: int) -> bool:
        """Draws a page or a picture into `out`, a PNG. Returns: whether there is such a page.

        Raises: Refused.
        """
        asked = {"do": "render", "extension": extension, "path": str(path), "out": str(out)}
        return "no_such_page" not in await self._do({**asked, "page": page, "width": width})

    async def print_copy(self, sources: Sequence[Path], strips: Path, out: Path) -> None:
        """Puts PDFs together above their strips. Raises: Refused."""
        asked = {"do": "print", "sources": [str(each) for each in sources]}
        await self._do({**asked, "strips": str(strips), "out": str(out)})

    async def _do(self, asked: dict[str, object]) -> dict[str, Any]:
        async with self._turns:
            inspector = await self._take()
            try:
                said = await self._ask(inspector, asked)
            except BaseException:
                await _end(inspector)  # an answer that nobody waited for must not be the next one's
                raise
            if not said:
                await _end(inspector)
                raise Refused(Fault.BROKEN)
            self._idle.append(inspector)
        answer: dict[str, Any] = json.loads(said)
        if "refused" in answer:
            raise Refused(Fault(answer["refused"]), answer["found"])
        return answer

    async def close(self) -> None:
        while self._idle:
            await _end(self._idle.pop())

    async def _take(self) -> Process:
        while self._idle:
            inspector = self._idle.pop()
            if inspector.returncode is None:
                return inspector
        settings = self._settings
        limits = (
            *(settings.inspection_memory_bytes, settings.inspection_cpu_seconds),
            settings.inspection_seconds,
        )
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "shared.inspection.worker", *map(str, limits)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={},  # it needs no secret that this process was started with
            start_new_session=True,  # Ctrl-C is for the service, which ends it when it is done
        )

    async def _ask(self, inspector: Process, asked: dict[str, object]) -> bytes:
        """Its answer; empty when it fell silent."""
        if inspector.stdin is None or inspector.stdout is None:
            raise RuntimeError("an inspector without pipes")
        question = json.dumps(asked)
        try:
            inspector.stdin.write(f"{question}\n".encode())
            async with asyncio.timeout(self._settings.inspection_seconds + GRACE_SECONDS):
                return await inspector.stdout.readline()
        except (TimeoutError, ConnectionError):
            return b""


async def _end(inspector: Process) -> None:
    if inspector.returncode is None:
        inspector.kill()
    await inspector.wait()
