"""Takes a file in: measured while it streams, inspected while nothing trusts it, then kept."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from request_svc import file_types
from request_svc.errors import (
    FileActiveContent,
    FileBroken,
    FileDisguised,
    FileEmpty,
    FileEncrypted,
    FileNameInvalid,
    FileTypeNotAllowed,
)
from request_svc.faults import Fault
from request_svc.settings import RequestSettings
from shared.errors import Refusal
from shared.files import FileStore, FileTooLarge

CHUNK = 1 << 18

_REFUSALS: dict[Fault, type[Refusal]] = {
    Fault.DISGUISED: FileDisguised,
    Fault.ENCRYPTED: FileEncrypted,
    Fault.ACTIVE_CONTENT: FileActiveContent,
    Fault.BROKEN: FileBroken,
}


@dataclass(frozen=True)
class Received:
    """A file that was let in. `sha256` in lower-case hex is its key in the store."""

    name: str
    media_type: str
    sha256: str
    bytes: int
    pages: int | None


class Reception:
    """Where uploads arrive; one for a process, because inspections are limited for all of it."""

    def __init__(self, settings: RequestSettings, files: FileStore) -> None:
        self._settings = settings
        self._files = files
        self._inspections = asyncio.Semaphore(settings.inspections_at_once)

    async def receive(
        self, stream: AsyncIterator[bytes], *, name: str, announced_bytes: int | None
    ) -> Received:
        """`announced_bytes`: what the sender says, if anything; the stream itself is measured.

        Raises: a named refusal as soon as there is a reason for one. Nothing is kept then.
        """
        limit = self._settings.file_limit_bytes
        if announced_bytes is not None and announced_bytes > limit:
            raise FileTooLarge(limit_bytes=limit)
        try:
            return await self._take_in(stream, name=name, limit=limit)
        except FileTooLarge:
            raise
        except Refusal:
            # A sender that is cut off in the middle never reads why.
            await _let_finish(stream, limit=limit)
            raise

    async def _take_in(self, stream: AsyncIterator[bytes], *, name: str, limit: int) -> Received:
        clean = file_types.clean_name(name)
        if clean is None:
            raise FileNameInvalid
        extension = file_types.extension(clean)
        kind = file_types.ALLOWED.get(extension)
        if kind is None:
            raise FileTypeNotAllowed(allowed=sorted(file_types.ALLOWED))
        with tempfile.NamedTemporaryFile(prefix="upload-") as file:
            await _write(stream, file, kind=kind, limit=limit)
            pages = await self._inspect(Path(file.name), extension)
            blob = await self._files.put(_read(file), limit=limit)
        return Received(clean, kind.media_type, blob.sha256, blob.bytes, pages)

    async def _inspect(self, path: Path, extension: str) -> int | None:
        async with self._inspections:
            answer = await self._ask_child(path, extension)
        if "refused" in answer:
            raise _REFUSALS[Fault(str(answer["refused"]))]
        pages = answer["pages"]
        return pages if isinstance(pages, int) else None

    async def _ask_child(self, path: Path, extension: str) -> dict[str, object]:
        """A child that dies, says nothing or takes too long has met a file that meant it to."""
        limits = (self._settings.inspection_memory_bytes, self._settings.inspection_cpu_seconds)
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "request_svc.inspection", extension, str(path)),
            *map(str, limits),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(self._settings.inspection_seconds):
                said, _ = await child.communicate()
        except TimeoutError as error:
            raise FileBroken from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            raise FileBroken
        answer: dict[str, object] = json.loads(said)
        return answer


async def _write(
    stream: AsyncIterator[bytes], file: IO[bytes], *, kind: file_types.FileType, limit: int
) -> None:
    size, head, seen = 0, b"", False
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise FileTooLarge(limit_bytes=limit)
        if not seen:
            head += chunk
            seen = len(head) >= file_types.HEAD_BYTES
            if seen and not file_types.begins_like(kind, head):
                raise FileDisguised
        await asyncio.to_thread(file.write, chunk)
    if not size:
        raise FileEmpty
    if not file_types.begins_like(kind, head):
        raise FileDisguised
    await asyncio.to_thread(file.flush)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk


async def _let_finish(stream: AsyncIterator[bytes], *, limit: int) -> None:
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            return
