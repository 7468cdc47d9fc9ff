"""The first process of every container: finds its secrets, then becomes the command given.

A secret is a file in /run/secrets whose name is a setting's: `request_database_url`. One that only
a process of the service reads itself stays a file. Where things
are inside a container is the same for every service, and said here; the environment overrides it.
"""

import os
import sys
from pathlib import Path

from deploy.native.rights import OWNERS

SECRETS = Path("/run/secrets")
STAY_FILES = {"document_seal_passphrase"}
LAYOUT = {
    "HOST": "0.0.0.0",
    "PORT": "8000",
    "FILES_URL": "file:///files",
    "ORGANISATION_FILE": "/app/deploy/demonstration/organisation.toml",
    "IDENTITY_PUBLIC_KEY": "/identity/identity.pub.pem",
}


def main() -> None:
    for owner in OWNERS:
        for name, value in LAYOUT.items():
            os.environ.setdefault(f"{owner.upper()}_{name}", value)
    if SECRETS.is_dir():
        for file in SECRETS.iterdir():
            if file.name in STAY_FILES:
                os.environ[f"{file.name.upper()}_FILE"] = str(file)
            else:
                os.environ[file.name.upper()] = file.read_text().strip()
    command = sys.argv[1:]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
