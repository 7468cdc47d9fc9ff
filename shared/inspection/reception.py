"""Takes a file in: measured while it streams, inspected while nothing trusts it, then kept."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from starlette.requests import ClientDisconnect, Request

from shared.errors import Refusal
from shared.files import FileStore, FileTooLarge
from shared.inspection import file_types
from shared.inspection.errors import (
    FileActiveContent,
    FileBroken,
    FileDisguised,
    FileEmpty,
    FileEncrypted,
    FileNameInvalid,
    FileTooComplex,
    FileTypeNotAllowed,
    UploadInterrupted,
)
from shared.inspection.faults import Fault, Refused
from shared.inspection.inspectors import Inspectors

CHUNK = 1 << 18

_REFUSALS: dict[Fault, type[Refusal]] = {
    Fault.DISGUISED: FileDisguised,
    Fault.ENCRYPTED: FileEncrypted,
    Fault.ACTIVE_CONTENT: FileActiveContent,
    Fault.BROKEN: FileBroken,
    Fault.TOO_COMPLEX: FileTooComplex,
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
    """Where uploads arrive. `limit` is the most bytes that one may have."""

    def __init__(self, inspectors: Inspectors, files: FileStore, *, limit: int) -> None:
        self._inspectors = inspectors
        self._files = files
        self._limit = limit

    async def receive_body(self, request: Request, *, name: str) -> Received:
        """A request's whole body as one file. Raises: as `receive`; UploadInterrupted."""
        try:
            return await self.receive(
                request.stream(), name=name, announced_bytes=_announced_bytes(request)
            )
        except ClientDisconnect as error:
            raise UploadInterrupted from error

    async def receive(
        self, stream: AsyncIterator[bytes], *, name: str, announced_bytes: int | None
    ) -> Received:
        """`announced_bytes`: what the sender says, if anything; the stream itself is measured.

        Raises: a named refusal as soon as there is a reason for one. Nothing is kept then.
        """
        limit = self._limit
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
            try:
                pages = await self._inspectors.inspect(Path(file.name), extension)
            except Refused as refused:
                details: dict[str, Any] = {"found": refused.found} if refused.found else {}
                raise _REFUSALS[refused.fault](**details) from refused
            blob = await self._files.put(_read(file), limit=limit)
        return Received(clean, kind.media_type, blob.sha256, blob.bytes, pages)


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


def _announced_bytes(request: Request) -> int | None:
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdigit() else None
