"""Processes that outlive the command that started them, known by a file that holds their id."""

import errno
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Below the range from which systems take the ports of outgoing connections, so that a port which
# was free a moment ago is not lent to somebody's client before our server binds it.
_PORTS = range(20_000, 32_000)


class StackError(Exception):
    """The stack cannot do what was asked; the message says what to do about it."""


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_PORTS)
        if port not in found and not is_listening(port):
            found.append(port)
    return found


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            return probe.connect_ex(("127.0.0.1", port)) == 0
        except OSError:
            return False


def wait_until(
    holds: Callable[[], bool], *, seconds: float, every: float = 0.02, otherwise: str
) -> None:
    """Raises: StackError with `otherwise` when it still does not hold after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise StackError(otherwise)
        time.sleep(every)


def tail(log: Path, lines: int = 20) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def tool(name: str, *folders: str) -> Path | None:
    """The program, from the first of the folders that has it, else from PATH."""
    for folder in folders:
        if (candidate := Path(folder) / name).exists():
            return candidate
    found = shutil.which(name)
    return Path(found).resolve() if found else None


def together(*calls: Callable[[], None]) -> None:
    """All are made, and all have ended, before the first error is raised."""
    with ThreadPoolExecutor(len(calls)) as pool:
        results = [pool.submit(call) for call in calls]
    for result in results:
        result.result()


class Process:
    """One process with its log; its id is kept in `pid_file`, so that another command can stop it.

    The id is kept together with the moment the process started: a number that the system has
    given to somebody else since is never signalled.
    """

    def __init__(self, name: str, *, pid_file: Path, log: Path) -> None:
        self.name = name
        self.pid_file = pid_file
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self, command: Sequence[str | Path], *, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [str(part) for part in command],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is not for it
            )
        self.pid_file.write_text(f"{self._child.pid} {_started(self._child.pid)}")

    @property
    def pid(self) -> int | None:
        """None when it is not running."""
        if self._child is not None and self._child.poll() is not None:
            return None
        try:
            number, _, started = self.pid_file.read_text().partition(" ")
            pid = int(number)
        except (OSError, ValueError):
            return None
        return pid if _alive(pid) and _started(pid) == started else None

    def send(self, number: signal.Signals) -> None:
        if (pid := self.pid) is not None:
            os.kill(pid, number)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 15) -> None:
        """Asks, waits, then kills; returns when the process is gone."""
        for attempt in (number, signal.SIGKILL):
            self.send(attempt)
            try:
                wait_until(lambda: self.pid is None, seconds=seconds, otherwise="")
            except StackError:
                continue
            self.pid_file.unlink(missing_ok=True)
            return
        raise StackError(f"{self.name} does not end, not even when killed")

    def kill(self) -> None:
        """As a power cut would: nothing is told to it."""
        self.stop(signal.SIGKILL)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as trouble:
        return trouble.errno == errno.EPERM
    return not _stat(pid).startswith("Z")


def _stat(pid: int) -> str:
    """State and what follows it from /proc/<pid>/stat (proc(5)); empty where there is no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Field 22 of /proc/<pid>/stat: clock ticks after boot."""
    fields = _stat(pid).split()
    return fields[19] if len(fields) > 19 else ""
