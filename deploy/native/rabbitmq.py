"""A RabbitMQ broker of our own: private ports, private folder, a virtual host, a user per owner."""

import base64
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from deploy.native.process import Process, StackError, is_listening, tail, tool, wait_until
from deploy.native.rights import Rights

VIRTUAL_HOST = "sealflow"


class RabbitMQ:
    """`start`, `stop`, `kill`, `restart`; the ports and the messages stay the same."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        cluster_port: int,
        passwords: Mapping[str, str],
        rights: Mapping[str, Rights],
    ) -> None:
        """`passwords` and `rights` are by user."""
        self.folder = folder
        self.port = port
        self._cluster_port = cluster_port
        self._passwords = passwords
        self._rights = rights
        self.log = folder / "rabbitmq.log"
        self._process = Process(
            "RabbitMQ", pid_file=folder.parent / "pids" / "rabbitmq", log=self.log
        )

    def url(self, user: str) -> str:
        return f"amqp://{user}:{self._passwords[user]}@127.0.0.1:{self.port}/{VIRTUAL_HOST}"

    def start(self) -> None:
        if self.is_running():
            return
        self._configure()
        self._process.start([_program()], environment=self._environment(), folder=Path("/"))
        # The port is opened at the very end of the boot.
        wait_until(
            lambda: is_listening(self.port) or self._process.pid is None,
            seconds=90,
            otherwise=f"RabbitMQ does not start:\n{tail(self.log)}",
        )
        if self._process.pid is None:
            raise StackError(f"RabbitMQ does not start:\n{tail(self.log)}")

    def is_running(self) -> bool:
        return self._process.pid is not None and is_listening(self.port)

    def stop(self) -> None:
        self._process.stop(seconds=30)
        self._wait_for_port()

    def kill(self) -> None:
        self._process.kill()
        self._wait_for_port()

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def _wait_for_port(self) -> None:
        """Threads of a killed broker hold its port for a moment after it is gone."""
        wait_until(
            lambda: not is_listening(self.port),
            seconds=20,
            otherwise="RabbitMQ is gone, but its port is still held",
        )

    def _configure(self) -> None:
        for name in ("home", "data", "log", "generated", "schema"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name, text in {
            "environment.conf": "",  # keeps the machine's own file out
            "advanced.config": "[].\n",
            "enabled_plugins": "[].\n",
            "definitions.json": definitions(self._passwords, self._rights),
            "rabbitmq.conf": self._settings(),
        }.items():
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text(text)

    def _settings(self) -> str:
        return "\n".join(
            (
                f"listeners.tcp.default = 127.0.0.1:{self.port}",
                "log.console = false",
                "loopback_users = none",
                "disk_free_limit.absolute = 200MB",
                "vm_memory_high_watermark.absolute = 1GB",
                f"load_definitions = {self.folder / 'definitions.json'}",
                "",
            )
        )

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        erlang = (
            "-kernel inet_dist_use_interface {127,0,0,1}",
            # Nodes find each other by a fixed port: no epmd daemon is started that would stay.
            "-start_epmd false",
            f"-erl_epmd_port {self._cluster_port}",
        )
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "RUNNING_UNDER_SYSTEMD": "true",  # the start script becomes the broker: one process id
            "HOME": str(folder / "home"),  # Erlang's cookie is kept here
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            "RABBITMQ_NODENAME": f"sealflow{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_DIST_PORT": str(self._cluster_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(erlang),
        }


def definitions(passwords: Mapping[str, str], rights: Mapping[str, Rights]) -> str:
    """The virtual host, its users and what they may do, as the broker loads them at its start.

    `passwords`, `rights`: by user.
    """
    users = [
        {
            "name": user,
            "password_hash": _hash(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
        }
        for user, password in passwords.items()
    ]
    permissions = [
        {"user": user, "vhost": VIRTUAL_HOST, **allowed.as_permissions()}
        for user, allowed in rights.items()
    ]
    content = {"vhosts": [{"name": VIRTUAL_HOST}], "users": users, "permissions": permissions}
    return json.dumps(content, indent=1)


def _hash(password: str) -> str:
    """As RabbitMQ keeps it: salt and SHA-256 ("Passwords", rabbitmq.com/docs/passwords)."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _find() -> Path | None:
    # Not /usr/sbin/rabbitmq-server: that one changes to the system's own user and folder.
    return tool("rabbitmq-server", "/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin")


def _program() -> Path:
    found = _find()
    if found is None:
        raise StackError("rabbitmq-server not found: install RabbitMQ (Debian: rabbitmq-server)")
    return found
