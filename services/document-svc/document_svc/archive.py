"""归档: everything about a request that is over, in one package that proves itself.

The same state gives the same bytes: names and times in the package come from what it holds.
"""

import asyncio
import base64
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from document_svc import archive_verifier, filing, ledger, queries
from document_svc.archive_signing import manifest_signature
from document_svc.archive_texts import MAIN, readme
from document_svc.chain import canonical
from document_svc.counter_errors import NotOver, NotYoursToArchive
from document_svc.ledger_models import LedgerEntry, Submission
from document_svc.ledger_queries import entries_of
from document_svc.models import SheetEdition, Signature
from document_svc.national_signatures import national_signatures_of
from document_svc.register_models import NationalSignature
from document_svc.seal_room import record_keys
from document_svc.sheet_verifier import certificates
from shared.contracts.request import SealUseForm, StoredFile
from shared.errors import NotFound
from shared.identity import User
from shared.readers import is_overseer, require_reader
from shared.transaction import Transaction

_MODE = 0o100644 << 16
_CHUNK = 1 << 20
_VERIFIER = Path(archive_verifier.__file__).read_bytes()
_SAFE_NAME = 80  # characters of an uploaded file's name that are kept


@dataclass
class Package:
    """What goes in, in order: bytes at hand, or a digest of the file store."""

    request_id: UUID
    number: str
    at: datetime  # when the request was over: the time of everything inside
    parts: list[tuple[str, str, bytes | str]] = field(default_factory=list)  # path, role, content

    def add(self, path: str, role: str, content: bytes | str) -> None:
        if all(path != known for known, _, _ in self.parts):
            self.parts.append((path, role, content))


async def package(tx: Transaction, request_id: UUID, *, by: User) -> Package:
    """For the initiator and those who oversee, once the request is 已办结.

    Raises: NotFound, NotYoursToArchive, NotOver.
    """
    await require_reader(tx, request_id, by)
    submissions = list(
        await tx.session.scalars(
            select(Submission)
            .where(Submission.request_id == request_id)
            .order_by(Submission.revision)
        )
    )
    if not submissions:
        raise NotFound
    if submissions[0].initiator_id != by.id and not await is_overseer(tx, by.id):
        raise NotYoursToArchive
    record = await filing.happenings_of(tx, request_id)
    ends = [each["body"] for each in record if each["topic"].startswith("workflow.completed.")]
    if not ends:
        raise NotOver
    at = datetime.fromisoformat(ends[0]["completed_at"])
    made = Package(request_id, ends[0]["number"], at.astimezone(tx.runtime.organisation.zone))
    made.add("README.txt", "readme", readme(made.number, tx.runtime.organisation).encode())
    made.add("record.json", "record", _json(record))
    await _add_sheets(tx, request_id, made)
    for submission in submissions:
        _add_materials(made, submission)
    _add_attachments(made, record)
    _add_ledger(made, await entries_of(tx, request_id))
    made.add("certificates/record-keys.pem", "record key", await record_keys(tx))
    made.add("verify.py", "verifier", _VERIFIER)
    made.add("__main__.py", "verifier", MAIN.encode())
    return made


async def written(tx: Transaction, made: Package) -> IO[bytes]:
    """The package as a file that is gone when it is closed. Raises: FileMissing, SealKeysAway."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            listed = []
            for path, role, content in made.parts:
                digest, size = await _write(tx, archive, made, path, content)
                listed.append({"path": path, "role": role, "sha256": digest, "bytes": size})
            manifest = _json(
                {
                    "format": archive_verifier.FORMAT,
                    "number": made.number,
                    "completed_at": made.at.isoformat(),
                    "organisation": tx.runtime.organisation.name,
                    "files": listed,
                }
            )
            await _write(tx, archive, made, "manifest.json", manifest)
            signature = await manifest_signature(tx, made.request_id, manifest)
            await _write(tx, archive, made, "manifest.p7s", signature)
            sums = archive_verifier.sums(manifest, signature)
            await _write(tx, archive, made, "manifest.sha256", sums)
            archive.comment = b" " * len("sha256:" + "0" * 64)
        await asyncio.to_thread(_seal_whole, file)
    except BaseException:
        file.close()
        raise
    return file


async def _write(
    tx: Transaction, archive: zipfile.ZipFile, made: Package, path: str, content: bytes | str
) -> tuple[str, int]:
    """Returns: digest and size. A part of the store is written as it comes."""
    entry = zipfile.ZipInfo(path, made.at.timetuple()[:6])
    entry.create_system, entry.external_attr = 3, _MODE
    digest, size = hashlib.sha256(), 0
    with archive.open(entry, "w", force_zip64=True) as out:
        if isinstance(content, bytes):
            for chunk in _pieces(content):
                digest.update(chunk)
                size += out.write(chunk)
        else:
            async for chunk in await tx.runtime.files.open(content):
                digest.update(chunk)
                size += await asyncio.to_thread(out.write, chunk)
    return digest.hexdigest(), size


def _pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), _CHUNK):
        yield content[at : at + _CHUNK]


def _seal_whole(file: IO[bytes]) -> None:
    """The digest of all that precedes it goes into the package's comment, at its very end."""
    room = len("sha256:" + "0" * 64)
    end = file.seek(0, 2) - room
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(min(_CHUNK, end - file.tell())):
        digest.update(chunk)
    file.seek(end)
    file.write(b"sha256:" + digest.hexdigest().encode())
    file.flush()


async def _add_sheets(tx: Transaction, request_id: UUID, made: Package) -> None:
    told: list[dict[str, Any]] = []
    for sheet, state, signatures in reversed(await queries.sheets_of(tx, request_id)):
        path = f"sheets/{sheet.revision}.pdf"
        told.append(
            {
                "path": path,
                "revision": sheet.revision,
                "state": state,
                "verification_code": sheet.verification_code,
                "signatures": [_signature(signature) for signature in signatures],
            }
        )
        if not signatures:  # returned before anybody sealed it
            made.add(path, "unsealed sheet", sheet.sha256)
            continue
        made.add(path, "sheet", sheet.sha256)
        pdf = await tx.runtime.files.read(sheet.sha256)
        for certificate in await asyncio.to_thread(certificates, pdf):
            pem = certificate.public_bytes(Encoding.PEM)
            name = hashlib.sha256(pem).hexdigest()[:16]
            made.add(f"certificates/{name}.pem", "certificate", pem)
    editions = await tx.session.scalars(
        select(SheetEdition)
        .where(SheetEdition.request_id == request_id)
        .order_by(SheetEdition.revision, SheetEdition.edition)
    )
    for each in editions:  # typeset anew and sealed again since; kept as they were
        role = "unsealed sheet" if each.sha256 == each.base_sha256 else "sheet"
        made.add(f"sheets/{each.revision}-edition-{each.edition}.pdf", role, each.sha256)
    made.add("signatures.json", "signatures", _json(told))
    beside = await national_signatures_of(tx, request_id)
    if beside:
        told = [_national(seal, signature) for seal, signature in beside]
        made.add("national-signatures.json", "national signatures", _json(told))


def _national(seal: Signature, made: NationalSignature) -> dict[str, Any]:
    """As it came; nobody here has verified it (`national.py`)."""
    above = base64.b64encode(made.certificate).decode() if made.certificate else None
    return {
        "revision": seal.revision,
        "field": seal.field,
        "unit": seal.unit_name,
        "sha256": made.sha256,
        "signature": base64.b64encode(made.value).decode(),
        "certificate": above,
        "server": made.server,
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {
        "field": signature.field,
        "unit": signature.unit_name,
        "signer": signature.signer_name,
        "signed_at": signature.signed_at.isoformat(),
        "sealed_at": signature.sealed_at.isoformat(),
        "sha256_afterwards": signature.sha256,
    }


def _add_materials(made: Package, submission: Submission) -> None:
    form = SealUseForm.model_validate(submission.form)
    made.add(f"submissions/{submission.revision}.json", "submission", _json(submission.form))
    for row in form.materials:
        for file in row.files:
            made.add(_path(f"materials/{row.row:02d}", file), "material", file.sha256)
    for file in form.contract_files:
        made.add(_path("contract", file), "material", file.sha256)


def _add_attachments(made: Package, record: Iterable[Mapping[str, Any]]) -> None:
    """What approvers attached to their decisions; record.json says to which."""
    for each in record:
        for attached in each["body"].get("attachments", ()):
            file = StoredFile.model_validate(attached)
            made.add(_path("attachments", file), "attachment", file.sha256)


def _add_ledger(made: Package, entries: list[LedgerEntry]) -> None:
    # As the hashes were made of it, so that they can be made again.
    made.add("ledger.json", "ledger", canonical([ledger.content_of(entry) for entry in entries]))
    for entry in entries:
        for scan in entry.scans:
            name = _plain(scan["name"])
            made.add(f"scans/{scan['sha256'][:12]}-{name}", "scan", scan["sha256"])


def _path(folder: str, file: StoredFile) -> str:
    return f"{folder}/{file.sha256[:12]}-{_plain(file.name)}"


def _plain(name: str) -> str:
    """A name that every file system takes; its end tells what it is and stays."""
    plain = "".join("_" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in name)
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[: _SAFE_NAME - len(suffix)]}{dot}{suffix}" if dot else plain[:_SAFE_NAME]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
