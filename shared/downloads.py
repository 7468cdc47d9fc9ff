"""Hands a stored file out, so that a browser shows or saves it and does nothing else with it."""

from typing import Protocol
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from shared.files import FileStore
from shared.inspection.file_types import INLINE_MEDIA_TYPES


class Downloadable(Protocol):
    """A file of the store by reference. `sha256` is its key."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def media_type(self) -> str: ...


async def download(files: FileStore, file: Downloadable, *, inline: bool) -> StreamingResponse:
    """`inline` is granted to what browsers show without running anything. Raises: FileMissing."""
    shown = inline and file.media_type in INLINE_MEDIA_TYPES
    headers = {
        "Content-Length": str(file.bytes),
        "Content-Disposition": disposition(file.name, inline=shown),
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{file.sha256}"',
        "Cache-Control": "private, no-cache",
    }
    content = await files.open(file.sha256)
    return StreamingResponse(content, media_type=file.media_type, headers=headers)


def disposition(name: str, *, inline: bool) -> str:
    """With the name twice (RFC 6266): in UTF-8, and in ASCII for what cannot read that."""
    kind = "inline" if inline else "attachment"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
