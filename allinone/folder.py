"""What the one process keeps, and that only one process keeps it."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUse(Exception):
    """Another process has the folder."""


class DataFolder:
    """Databases, files and keys under one path. Nothing else there is ever touched."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.files = self.path / "files"
        self.keys = self.path / "keys"
        self._lock = self.path / "lock"

    def database(self, service: str) -> Path:
        return self.path / f"{service}.db"

    def secret(self, name: str) -> str:
        """256 random bits under that name among the keys, made when first asked for."""
        return self.secret_file(name).read_text(encoding="utf-8")

    def secret_file(self, name: str) -> Path:
        """Where 256 random bits are under that name among the keys; made when first asked for."""
        path = self.keys / name
        if not path.exists():
            self.keys.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(32))
        return path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Ours for the length of the block; the system frees it when the process dies.

        Raises: InUse.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = lock.read().strip() or "unknown"
                raise InUse(
                    f"{self.path} is in use by a running Sealflow (process {owner}): "
                    "stop that first, or name another folder with --data"
                ) from None
            lock.truncate()
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def empty(self) -> None:
        for database in self.path.glob("*.db*"):
            database.unlink()
        for folder in (self.files, self.keys):
            shutil.rmtree(folder, ignore_errors=True)
