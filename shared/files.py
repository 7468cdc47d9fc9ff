"""Files under the digest of their content. A folder or an S3 bucket, by URL.

What is stored is never changed and never overwritten by something else: its SHA-256 is its name. In
a folder it is on the disk before it counts as stored, so that no row ever names a file that a power
failure took; that costs a few milliseconds a file.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from shared.database import new_id
from shared.errors import TooLarge, Unavailable

CHUNK = 1 << 20


@dataclass(frozen=True)
class StoredBlob:
    """`sha256` in lower-case hex is the key; `bytes` the size."""

    sha256: str
    bytes: int


class FileMissing(Unavailable):
    code = "file_missing"
    message = "文件暂时无法读取，请稍后再试；如持续出现请联系管理员"


class FileTooLarge(TooLarge):
    code = "file_too_large"
    message = "文件太大，请压缩或拆分后再上传"


class FileStore:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._folder: Path | None = None
        self._settled: set[Path] = set()
        if parts.scheme == "file":
            folder = Path(parts.path)
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = folder
            self._store: Any = LocalStore(folder)
        else:
            self._store = from_url(url)

    async def put(self, stream: AsyncIterator[bytes], *, limit: int) -> StoredBlob:
        """Streams in; at most `limit` bytes.

        Raises: FileTooLarge as soon as the limit is passed. On any error nothing is kept.
        """
        digest, size = hashlib.sha256(), 0
        incoming = f"incoming/{new_id().hex}"

        async def measured() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in stream:
                size += len(chunk)
                if size > limit:
                    raise FileTooLarge(limit_bytes=limit)
                digest.update(chunk)
                yield chunk

        try:
            await obstore.put_async(self._store, incoming, measured())
            blob = StoredBlob(digest.hexdigest(), size)
            await obstore.rename_async(self._store, incoming, _key(blob.sha256))
            await self._settle(_key(blob.sha256))
        except BaseException:
            await self._forget(incoming)
            raise
        return blob

    async def put_bytes(self, data: bytes) -> StoredBlob:
        blob = StoredBlob(hashlib.sha256(data).hexdigest(), len(data))
        await obstore.put_async(self._store, _key(blob.sha256), data)
        await self._settle(_key(blob.sha256))
        return blob

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The content in chunks, opened before it returns. Raises: FileMissing."""
        try:
            found = await obstore.get_async(self._store, _key(sha256))
        except FileNotFoundError as error:
            raise FileMissing(sha256=sha256) from error
        return _chunks(found.stream(min_chunk_size=CHUNK))

    async def read(self, sha256: str) -> bytes:
        return b"".join([chunk async for chunk in await self.open(sha256)])

    async def fetch(self, sha256: str, into: Path) -> None:
        """Writes the content into a file of this machine. Raises: FileMissing."""
        content = await self.open(sha256)
        with into.open("wb") as file:
            async for chunk in content:
                await asyncio.to_thread(file.write, chunk)

    async def _settle(self, key: str) -> None:
        """Returns when a power failure can no longer take the file. A bucket sees to it itself."""
        if self._folder is not None:
            await asyncio.to_thread(self._settle_in, self._folder, key)

    def _settle_in(self, root: Path, key: str) -> None:
        """The file, its name in its folder, and that folder's the first time it is seen."""
        file = root / key
        _to_disk(file)
        _to_disk(file.parent)
        if file.parent not in self._settled:
            for above in (file.parent.parent, root):
                _to_disk(above)
            self._settled.add(file.parent)

    async def _forget(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except (BaseError, FileNotFoundError):
            return  # it never came to be


def _to_disk(path: Path) -> None:
    """What was written of a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _key(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"


async def _chunks(stream: Any) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield bytes(chunk)
