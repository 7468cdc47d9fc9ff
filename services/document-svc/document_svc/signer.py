"""document-svc's side of the signing process: it hands over digests and gets signatures.

The rest of document-svc never sees a private key. The process is started when it is first needed,
and again when it has died; calls come one after the other, from any thread.
"""

import os
import select
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from document_svc.cms import CONTENTS_BYTES, STAMPED_BYTES
from document_svc.keys import KeyMissing, KeysAway, TokenAbsent, WrongPassphrase, WrongPin
from document_svc.signer_process import Message, packed, read_message, unpacked, write_message
from document_svc.time_stamp import TimestampAuthority

PATIENCE_SECONDS = 30.0


class SignerAway(KeysAway):
    """The signing process cannot be started or does not answer; what is to be sealed waits."""


class SignerRefused(RuntimeError):
    """The signing process could not do what it was asked."""


_KNOWN = {
    kind.__name__: kind for kind in (WrongPassphrase, TokenAbsent, WrongPin, KeyMissing)
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What is kept of a private key, and its certificate in DER."""

    kept: bytes
    certificate: bytes


class Revoked(NamedTuple):
    """A certificate that counts no more. `serial` in hexadecimal."""

    serial: str
    at: datetime


@dataclass(frozen=True)
class Token:
    """Where a token is: its maker's library (PKCS#11), its label, a file with the user's PIN.

    `environment`: what the library reads besides, such as where its own configuration is.
    """

    module: Path
    label: str
    pin_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Secret:
    """Where the passphrase is: a file that only the process reads, or, lacking that, itself.

    With a token, the passphrase is needed for keys from before there was one, if any.
    """

    file: Path | None
    passphrase: Callable[[], str] | None = None
    token: Token | None = None

    def message(self) -> Message:
        message: Message = {}
        if self.file is not None:
            message["file"] = str(self.file)
        elif self.passphrase is not None:
            message["passphrase"] = self.passphrase()
        if self.token is not None:
            where = self.token
            message["token"] = {
                "module": str(where.module),
                "label": where.label,
                "pin_file": str(where.pin_file),
            }
        return message


class Signer:
    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._one_at_a_time = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._wrong_pin: WrongPin | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Finds out now whether keys can be used. Raises: KeysAway."""
        with self._one_at_a_time:
            self._running()

    def authority(self, organisation: str, *, now: datetime) -> Kept:
        """A new certificate authority."""
        return self._made({"do": "authority", "organisation": organisation, "now": now.isoformat()})

    def issue(
        self, authority: bytes, *, organisation: str, unit: str, unit_id: UUID,
        valid_from: datetime, lists_at: str | None = None,
    ) -> Kept:  # fmt: skip
        """A department's new key and certificate."""
        return self._made(
            {
                "do": "issue",
                "authority": packed(authority),
                "organisation": organisation,
                "unit": unit,
                "unit_id": str(unit_id),
                "valid_from": valid_from.isoformat(),
                "lists_at": lists_at,
            }
        )

    def revocation_list(
        self, authority: bytes, revoked: Sequence[Revoked], *, number: int, now: datetime,
        until: datetime,
    ) -> bytes:  # fmt: skip
        """The authority's list, in DER."""
        asked = {
            "do": "revocation list",
            "authority": packed(authority),
            "revoked": [(each.serial, each.at.isoformat()) for each in revoked],
            "number": number,
            "now": now.isoformat(),
            "until": until.isoformat(),
        }
        return unpacked(self._asked(asked)["list"])

    def look(self, kept: bytes) -> Kept:
        """The certificate of what is kept. Raises: WrongPassphrase."""
        return self._made({"do": "certificate", "kept": packed(kept)})

    def sign(self, kept: bytes, digest: bytes) -> bytes:
        """A CMS signature over content with this SHA-256."""
        asked = {"do": "sign", "kept": packed(kept), "digest": packed(digest)}
        return unpacked(self._asked(asked)["signature"])

    def destroy(self, kept: bytes) -> None:
        """The key is gone for good. Raises: KeysAway."""
        self._asked({"do": "destroy", "kept": packed(kept)})

    def close(self) -> None:
        with self._one_at_a_time:
            self._end()

    def _made(self, message: Message) -> Kept:
        answer = self._asked(message)
        return Kept(unpacked(answer["kept"]), unpacked(answer["certificate"]))

    def _asked(self, message: Message) -> Message:
        """Raises: KeysAway, SignerRefused, WrongPassphrase."""
        if self._wrong_pin is not None:
            raise self._wrong_pin
        with self._one_at_a_time:
            answer = self._exchanged(message) or self._exchanged(message)  # once with a new process
        if answer is None:
            raise SignerAway("the signing process does not answer")
        if "error" in answer:
            raise _named(answer)
        return answer

    def _exchanged(self, message: Message) -> Message | None:
        """None when the process has died or hangs; the next call starts another."""
        try:
            process = self._running()
            answer = self._told(process, message)
        except OSError:
            answer = None
        if answer is None:
            self._end()
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "document_svc.signer_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for document-svc, which ends it in its turn
            env={**self._environment(), "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        ready = self._told(self._process, self._secret.message())
        if ready is None or "error" in ready:
            self._end()
            raise self._not_started(ready)
        return self._process

    def _environment(self) -> Mapping[str, str]:
        """What a token's library needs, and nothing else: no database, no bus."""
        return self._secret.token.environment if self._secret.token else {}

    def _not_started(self, ready: Message | None) -> Exception:
        if ready is None:
            return SignerAway("the signing process did not start")
        trouble = _named(ready)
        if isinstance(trouble, WrongPin):
            self._wrong_pin = trouble
        return SignerAway(str(trouble)) if isinstance(trouble, SignerRefused) else trouble

    def _told(self, process: "subprocess.Popen[bytes]", message: Message) -> Message | None:
        if process.stdin is None or process.stdout is None:
            return None
        write_message(process.stdin, message)
        answers, _, _ = select.select([process.stdout], [], [], PATIENCE_SECONDS)
        return read_message(process.stdout) if answers else None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
        process.wait()


def _named(answer: Message) -> Exception:
    known = _KNOWN.get(answer["error"])
    if known is not None:
        return known(answer["detail"])
    return SignerRefused(f"{answer['error']}: {answer['detail']}")


@dataclass(frozen=True)
class RemoteCredential:
    """A department's key in the signing process, to seal with; with a time stamp, if asked for."""

    signer: Signer
    kept: bytes
    authority: TimestampAuthority | None = None

    @property
    def room(self) -> int:
        return CONTENTS_BYTES if self.authority is None else STAMPED_BYTES

    def sign(self, digest: bytes) -> bytes:
        """Raises: KeysAway, TimestampAway."""
        signed = self.signer.sign(self.kept, digest)
        return signed if self.authority is None else self.authority.stamped(signed)
