"""What an operator can ask of the gateway."""

import getpass
import sys
from collections.abc import Sequence

from gateway import actions, queries
from shared.service import Command, Runtime

SHORTEST = 8
LONGEST = 256


async def _set_password(runtime: Runtime, arguments: Sequence[str]) -> None:
    """Reads the password from standard input, so that it is in no shell's history."""
    if len(arguments) != 1:
        raise SystemExit("give one login: set-password LOGIN")
    [login] = arguments
    password = _read_password()
    if not SHORTEST <= len(password) <= LONGEST:
        raise SystemExit(f"a password has {SHORTEST} to {LONGEST} characters")
    password_hash = await runtime.own.passwords.hash(password)
    async with runtime.transaction() as tx:
        account = await queries.account_with_login(tx, login)
        if account is None:
            raise SystemExit(f"no account with the login {login}: the directory names them")
        await actions.set_password_hash(tx, account, password_hash)
    sys.stdout.write(f"the password of {login} is set; its sessions are ended\n")


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("new password: ")
    return sys.stdin.readline().rstrip("\n")


COMMANDS = (
    Command("set-password", "set the password of a login, read from standard input", _set_password),
)
