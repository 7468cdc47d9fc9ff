"""Ports and secrets that are drawn once for a folder and hold as long as what is kept there."""

import json
import secrets as randomness
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.native.process import free_ports


@dataclass(frozen=True)
class Kept:
    """`secrets`: by whose they are."""

    ports: list[int]
    secrets: dict[str, str]

    @classmethod
    def of(cls, file: Path, *, ports: int, secrets: Iterable[str]) -> "Kept":
        """What the file says; what it does not say yet is drawn and written."""
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(json.dumps(asdict(cls(free_ports(ports), {})), indent=1))
        kept = cls(**json.loads(file.read_text()))
        missing = [name for name in secrets if name not in kept.secrets]
        if missing:
            kept.secrets.update({name: randomness.token_hex(16) for name in missing})
            file.write_text(json.dumps(asdict(kept), indent=1))
        return kept
