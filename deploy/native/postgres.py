"""A PostgreSQL server of our own: private port, private folder, a database and a role per owner."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.native.process import Process, StackError, is_listening, tail, tool, wait_until

ADMINISTRATOR = "sealflow_admin"


class PostgreSQL:
    """`start`, `stop`, `kill`, `restart`; the port and the data stay the same."""

    def __init__(
        self, folder: Path, *, port: int, passwords: Mapping[str, str], durable: bool = True
    ) -> None:
        """`passwords`: the administrator's and each owner's, whose database has the same name.

        `durable`: whether what is committed outlives a loss of power; that it outlives the killing
        of any process needs no waiting for the disk.
        """
        self.folder = folder
        self.port = port
        self._passwords = passwords
        self._durable = durable
        self.log = folder / "postgres.log"
        self._process = Process(
            "PostgreSQL", pid_file=folder.parent / "pids" / "postgres", log=self.log
        )

    @property
    def owners(self) -> list[str]:
        return [name for name in self._passwords if name != ADMINISTRATOR]

    def url(self, owner: str) -> str:
        return self._url(owner, self._passwords[owner], database=owner)

    @property
    def administrator_url(self) -> str:
        """May create databases and roles."""
        return self._url(ADMINISTRATOR, self._passwords[ADMINISTRATOR], database="postgres")

    def start(self) -> None:
        if self.is_running():
            return
        new = not (self.data / "PG_VERSION").exists()
        if new:
            self._initialise()
        self._launch()
        if new:
            self._create_databases()

    def is_running(self) -> bool:
        return self._process.pid is not None and is_listening(self.port)

    def stop(self) -> None:
        """Sessions are ended, their transactions rolled back ("fast shutdown")."""
        self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        if (link := self.folder / "data").is_symlink():
            shutil.rmtree(self.data.parent, ignore_errors=True)
            link.unlink()

    @property
    def data(self) -> Path:
        return (self.folder / "data").resolve()

    def _url(self, role: str, password: str, *, database: str) -> str:
        return f"postgresql+asyncpg://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def _initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        user = _user()
        self._place(user)
        words = self.data.parent / "password"
        words.touch(mode=0o600)
        words.write_text(self._passwords[ADMINISTRATOR])
        if user:
            os.chown(words, user.pw_uid, user.pw_gid)
        try:
            self._call(
                "initdb", "-D", self.data, "-U", ADMINISTRATOR, "--pwfile", words, "-E", "UTF8",
                "-A", "scram-sha-256", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
            )  # fmt: skip
        finally:
            words.unlink()

    def _place(self, user: pwd.struct_passwd | None) -> None:
        """The server refuses to run as root, and whom it runs as instead may not reach the folder.

        Then the data is kept where it can be reached, and the folder has a link to it.
        """
        data = self.folder / "data"
        if user is None:
            data.mkdir(mode=0o700, exist_ok=True)
            return
        if not all(parent.stat().st_mode & 0o001 for parent in data.resolve().parents):
            outside = Path(tempfile.mkdtemp(prefix="sealflow-postgres-", dir="/var/tmp"))
            outside.chmod(0o711)
            data.symlink_to(outside / "data")
        data.resolve().mkdir(mode=0o700, exist_ok=True)
        os.chown(data.resolve(), user.pw_uid, user.pw_gid)

    def _launch(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "300",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        if not self._durable:
            options |= {"fsync": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        # A killed server's children hold its memory a moment longer; a new one refuses meanwhile.
        for attempt in range(20):
            self._process.start(
                [*_as_user(_user()), _program("postgres"), "-D", self.data, *settings],
                environment=_environment(),
                folder=Path("/"),
            )
            wait_until(
                lambda: self._process.pid is None or self._accepts(),
                seconds=60,
                otherwise=f"PostgreSQL does not start:\n{tail(self.log)}",
            )
            if self._process.pid is not None:
                return
            if attempt == 19 or "shared memory block" not in tail(self.log, 5):
                raise StackError(f"PostgreSQL does not start:\n{tail(self.log)}")

    def _accepts(self) -> bool:
        """The first line of postmaster.pid says whose it is, the eighth its state (miscinit.c)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return ready and lines[0] == str(self._process.pid)

    def _create_databases(self) -> None:
        self._call(
            "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
            "-U", ADMINISTRATOR, "-d", "postgres",
            words=create_databases({owner: self._passwords[owner] for owner in self.owners}),
        )  # fmt: skip

    def _call(self, program: str, *arguments: str | Path, words: str | None = None) -> None:
        command: Sequence[str | Path] = [*_as_user(_user()), _program(program), *arguments]
        done = subprocess.run(
            [str(part) for part in command],
            input=words,
            env={**_environment(), "PGPASSWORD": self._passwords[ADMINISTRATOR]},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"{program} failed:\n{done.stderr}")


def create_databases(passwords: Mapping[str, str]) -> str:
    """SQL: for each owner a role that may enter its own database and no other.

    `passwords`: by owner; hexadecimal, so that nothing in them needs quoting.
    """
    statements = ["REVOKE ALL ON DATABASE postgres FROM PUBLIC;"]
    for owner, password in passwords.items():
        statements += [
            f"CREATE ROLE {owner} LOGIN PASSWORD '{password}';",
            f"CREATE DATABASE {owner} OWNER {owner} TEMPLATE template0;",
            f"REVOKE ALL ON DATABASE {owner} FROM PUBLIC;",
        ]
    return "\n".join(statements) + "\n"


def _find(program: str) -> Path | None:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)
    return tool(program, *map(str, newest))


def _program(name: str) -> Path:
    found = _find(name)
    if found is None:
        raise StackError(f"{name} not found: install PostgreSQL (Debian: postgresql)")
    return found


def _user() -> pwd.struct_passwd | None:
    """Whom to run as; None: as we are."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_user(user: pwd.struct_passwd | None) -> list[str]:
    if user is None:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": "/"}
