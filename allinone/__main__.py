"""The whole hall in one process: `python -m allinone`, and `python -m allinone reset`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from allinone.composition import hall
from allinone.folder import DataFolder, InUse
from allinone.ports import PortTaken, free_port, when_listening
from allinone.welcome import welcome
from shared.run import listen
from shared.telemetry import configure_logging

HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parse(arguments)
    folder = DataFolder(chosen.data)
    try:
        with folder.held():
            if chosen.command == "reset":
                return _reset(folder, agreed=chosen.yes)
            configure_logging(chosen.log_level)
            port = free_port(chosen.host, chosen.port)
            asyncio.run(_run(folder, chosen.host, port))
    except (InUse, PortTaken) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


async def _run(folder: DataFolder, host: str, port: int) -> None:
    async with hall(folder) as (app, organisation), when_listening(host, port) as listening:
        listening.then(lambda: sys.stdout.write(welcome(organisation, host, port)))
        await listen(app, host, port)
    sys.stdout.write("stopped; what was done is kept\n")


def _reset(folder: DataFolder, *, agreed: bool) -> int:
    if not agreed:
        answer = input(f"Delete every request, file and account in {folder.path}? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            sys.stdout.write("nothing was deleted\n")
            return 1
    folder.empty()
    sys.stdout.write(f"{folder.path} is empty\n")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m allinone", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"), help="what is kept (default: var)")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (default: 8080)")
    parser.add_argument("--log-level", default="WARNING")
    parser.set_defaults(command="run")
    commands = parser.add_subparsers()
    reset = commands.add_parser("reset", help="delete everything that is kept")
    reset.add_argument("--yes", action="store_true", help="without asking")
    reset.set_defaults(command="reset")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
