"""The services and the gateway as processes on a pair of servers."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.native.kept import Kept
from deploy.native.process import Process, StackError, tail, together, wait_until
from deploy.native.rights import OWNERS, TOPOLOGY
from deploy.native.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
DEMONSTRATION = ROOT / "deploy" / "demonstration"
PASSWORD = "sealflow-demo"  # of every invented person
READY_SECONDS = 60


class Service:
    """One process: `start`, `stop`, `kill`, `restart`; its port stays the same."""

    def __init__(self, name: str, *, folder: Path, port: int, environment: Mapping[str, str]):
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "logs" / f"{name}.log"
        self._environment = environment
        self._process = Process(name, pid_file=folder / "pids" / name, log=self.log)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def start(self) -> None:
        """Returns when it is ready: database and broker answer it."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        if self.pid is None:
            self._process.start(self._command, environment=self._environment, folder=ROOT)

    @property
    def _command(self) -> list[str]:
        module = self.name if self.name == "gateway" else f"{self.name}_svc"
        return [str(python()), "-m", module]

    def do(self, *words: str) -> int:
        """One of the service's own commands, such as `waiting`. Returns: its exit status."""
        command = [*self._command, *words]
        return subprocess.call(command, env=dict(self._environment), cwd=ROOT)

    def wait(self) -> None:
        """Until it is ready. Raises: StackError with the end of its log."""
        wait_until(
            lambda: self.is_ready() or self.pid is None,
            seconds=READY_SECONDS,
            every=0.05,
            otherwise=f"{self.name} is not ready:\n{tail(self.log)}",
        )
        if self.pid is None:
            raise StackError(f"{self.name} has ended:\n{tail(self.log)}")

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(json.load(answer)["status"] == "ok")
        except (OSError, ValueError, KeyError):
            return False

    def stop(self) -> None:
        """Requests in progress are finished."""
        self._process.stop(seconds=30)

    def kill(self) -> None:
        self._process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()


class Services:
    """All of them, by name: `services["workflow"].kill()`."""

    def __init__(
        self, servers: Servers, folder: Path, *, environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment` adds to what the services are told, or replaces it."""
        self.folder = folder
        self._servers = servers
        kept = Kept.of(folder / "services.json", ports=len(OWNERS), secrets=["seals", "privacy"])
        self._ports = dict(zip(OWNERS, kept.ports, strict=True))
        self.told = self._told(kept.secrets) | dict(environment or {})
        self._services = {
            name: Service(name, folder=folder, port=port, environment=self._told_to(name))
            for name, port in self._ports.items()
        }

    def __getitem__(self, name: str) -> Service:
        return self._services[name]

    def __iter__(self) -> Iterator[Service]:
        return iter(self._services.values())

    @property
    def url(self) -> str:
        """Of the gateway: what a browser is given."""
        return self._services["gateway"].url

    def start(self) -> None:
        """Returns when all are ready; when one fails, all are stopped again."""
        try:
            self._prepare()
            for service in self:
                service.launch()
            for service in self:
                service.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        together(*(service.stop for service in self))

    def _prepare(self) -> None:
        keys = str(self.folder / "keys")
        done = subprocess.run(
            [str(python()), "-m", "deploy.prepare", keys, keys, keys, keys],
            env={**os.environ, "TOPOLOGY_BUS_URL": self._servers.bus_url(TOPOLOGY)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"the services could not be prepared:\n{done.stderr}")

    def _told_to(self, name: str) -> dict[str, str]:
        """Nobody learns another's passwords."""
        others = tuple(f"{other.upper()}_" for other in OWNERS if other != name)
        own = {key: value for key, value in self.told.items() if not key.startswith(others)}
        return {**os.environ, **own}

    def _told(self, secrets: Mapping[str, str]) -> dict[str, str]:
        told: dict[str, str] = {}
        for name, port in self._ports.items():
            everyone = {
                "DATABASE_URL": self._servers.database_url(name),
                "BUS_URL": self._servers.bus_url(name),
                "FILES_URL": f"file://{self.folder / 'files'}",
                "ORGANISATION_FILE": str(DEMONSTRATION / "organisation.toml"),
                "IDENTITY_PUBLIC_KEY": str(self.folder / "keys" / "identity.pub.pem"),
                "HOST": "127.0.0.1",
                "PORT": str(port),
            }
            told |= {f"{name.upper()}_{key}": value for key, value in everyone.items()}
        return told | {
            "WORKFLOW_DIRECTORY_FOLDER": str(DEMONSTRATION),
            "WORKFLOW_SEAL_ORDER_PRIVATE_KEY": str(self.folder / "keys" / "seal-orders.pem"),
            "DOCUMENT_SEAL_ORDER_PUBLIC_KEY": str(self.folder / "keys" / "seal-orders.pub.pem"),
            "NOTIFY_DEV_INBOX": "true",
            "NOTIFY_PRIVACY_SECRETS": json.dumps([secrets["privacy"]]),
            "DOCUMENT_SEAL_PASSPHRASE": secrets["seals"],
            "GATEWAY_IDENTITY_PRIVATE_KEY": str(self.folder / "keys" / "identity.pem"),
            "GATEWAY_PORTAL_FOLDER": str(ROOT / "portal" / "dist"),
            "GATEWAY_DEMONSTRATION_PASSWORD": PASSWORD,
            "GATEWAY_UPSTREAMS": json.dumps(
                {
                    name: f"http://127.0.0.1:{port}"
                    for name, port in self._ports.items()
                    if name != "gateway"
                }
            ),
        }


def python() -> Path:
    """The project's own, whoever runs this."""
    own = ROOT / ".venv" / "bin" / "python"
    return own if own.exists() else Path(sys.executable)
