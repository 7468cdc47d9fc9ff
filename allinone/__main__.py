"""The whole hall in one process: `python -m allinone`, and `python -m allinone reset`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from allinone.composition import PASSWORD, hall
from allinone.folder import DataFolder, InUse
from allinone.port import PortTaken, free_port
from shared import memory
from shared.organisation import Organisation
from shared.run import listen
from shared.telemetry import configure_logging

ANYWHERE = "0.0.0.0"  # noqa: S104 - to tell it apart, not to bind it


def main(arguments: Sequence[str] | None = None) -> int:
    memory.share_one_arena()
    chosen = _parse(arguments)
    folder = DataFolder(chosen.data)
    try:
        with folder.held():
            if chosen.reset:
                return _reset(folder, agreed=chosen.yes)
            configure_logging(chosen.log_level)
            asyncio.run(_run(folder, chosen.host, free_port(chosen.host, chosen.port)))
    except (InUse, PortTaken) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _run(folder: DataFolder, host: str, port: int) -> None:
    url = f"http://{'127.0.0.1' if host == ANYWHERE else host}:{port}"
    async with hall(folder, url) as (app, front):
        await listen(
            app,
            host,
            port,
            ready=lambda: _say(_welcome(front.organisation)),
            stopping=front.stopping.set,
        )
    _say(f"Stopped. Everything is kept in {folder.path}.")


def _welcome(organisation: Organisation) -> str:
    accounts = "\n".join(
        f"    {account.login:<16}{account.role}" for account in organisation.demonstration
    )
    return (
        f"\n{organisation.name} {organisation.hall_name}\n\n  {organisation.portal_url}\n\n"
        f"  Sign in as any of these, password: {PASSWORD}\n\n{accounts}\n\n"
        "  Ctrl-C stops it; what was done is kept.\n"
    )


def _reset(folder: DataFolder, *, agreed: bool) -> int:
    if not agreed:
        answer = input(f"Delete every request, file and key in {folder.path}? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            _say("Nothing was deleted.")
            return 1
    folder.empty()
    _say(f"Nothing is left of Sealflow in {folder.path}.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--data", type=Path, default=argparse.SUPPRESS, help="the folder that is kept (var)"
    )
    parser = argparse.ArgumentParser("python -m allinone", description=__doc__, parents=[where])
    parser.add_argument("--host", default="127.0.0.1", help="(127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (8080)")
    parser.add_argument("--log-level", default="WARNING", help="(WARNING)")
    parser.set_defaults(reset=False, data=Path("var"))
    commands = parser.add_subparsers(title="commands")
    reset = commands.add_parser("reset", parents=[where], help="delete everything that is kept")
    reset.add_argument("--yes", action="store_true", help="without asking")
    reset.set_defaults(reset=True)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
