"""A token of SoftHSM's in a folder of its own: what an HSM is to document-svc, without the box."""

import os
import subprocess
from pathlib import Path

from document_svc.signer import Token

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/*/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "20260301"
LABEL = "印章"


def token_in(folder: Path) -> Token:
    """A new, empty token, and the file with its PIN."""
    tokens, configuration, pin = folder / "tokens", folder / "softhsm2.conf", folder / "pin"
    tokens.mkdir(parents=True)
    configuration.write_text(
        f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    pin.write_text(f"{PIN}\n")
    environment = {"SOFTHSM2_CONF": str(configuration)}
    pins = ["--pin", PIN, "--so-pin", "87654321"]
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, *pins],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    return Token(_module(), LABEL, pin, environment)


def settings(token: Token) -> dict[str, object]:
    """document-svc's, for keys in this token."""
    return {
        "seal_token_module": token.module,
        "seal_token_label": token.label,
        "seal_token_pin_file": token.pin_file,
        "seal_token_environment": dict(token.environment),
    }


def _module() -> Path:
    found = [path for pattern in _MODULES for path in Path("/").glob(pattern[1:])]
    if not found:
        raise FileNotFoundError("libsofthsm2.so: install softhsm2")
    return found[0]
