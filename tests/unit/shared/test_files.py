"""Files under their digest: whole or not at all."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.files import FileMissing, FileStore, FileTooLarge


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(f"file://{tmp_path / 'files'}")


async def _in_chunks(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_went_in(store: FileStore) -> None:
    data = bytes(range(256)) * 20_000
    blob = await store.put(_in_chunks(data), limit=10_000_000)
    assert (blob.sha256, blob.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    assert await store.read(blob.sha256) == data


async def test_the_same_content_is_stored_once(store: FileStore, tmp_path: Path) -> None:
    first = await store.put(_in_chunks(b"same"), limit=10)
    second = await store.put_bytes(b"same")
    assert first == second
    assert len(_kept(tmp_path)) == 1


async def test_too_much_is_refused_and_nothing_kept(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge) as refused:
        await store.put(_in_chunks(b"x" * 12_000_000), limit=6_000_000)
    assert refused.value.code == "file_too_large"
    assert _kept(tmp_path) == []


async def test_a_broken_stream_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"x" * 7_000_000
        raise ConnectionError("the caller hung up")

    with pytest.raises(ConnectionError):
        await store.put(breaking(), limit=100_000_000)
    assert _kept(tmp_path) == []


async def test_an_empty_file_is_a_file(store: FileStore) -> None:
    blob = await store.put(_in_chunks(b""), limit=10)
    assert await store.read(blob.sha256) == b""


async def test_what_was_never_stored_is_missing(store: FileStore) -> None:
    with pytest.raises(FileMissing):
        await store.open("0" * 64)


async def test_a_stored_file_and_its_name_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: set[str] = set()
    really = os.fsync

    def noted(descriptor: int) -> None:
        settled.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    store = FileStore(f"file://{tmp_path}")
    blob = await store.put_bytes(b"a sheet")
    file = tmp_path / "sha256" / blob.sha256[:2] / blob.sha256
    assert {str(file), str(file.parent), str(file.parent.parent), str(tmp_path)} <= settled
