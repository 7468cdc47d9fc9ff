"""Whose signature an archive's manifest bears, told from the package alone. Pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID

from document_svc.cms_reading import checked
from document_svc.der import BadSignature
from document_svc.sheet_verifier import chain_to_root, fingerprint, named
from document_svc.stamp_reading import checked_stamp

# Stands where a department's id would in the archivist's certificate: no department's seal, which
# comes from the same authority, passes for the archive's.
ARCHIVIST = UUID("0b5e1a55-a2c4-4f1e-9c1d-5ea1f10a2c41")


@dataclass(frozen=True)
class ArchiveSeal:
    """A good signature. `root`: SHA-256 of the root that it leads to."""

    signer: str
    root: str
    stamped_at: datetime | None


def checked_seal(read: Callable[[str], bytes], *, root: x509.Certificate | None) -> ArchiveSeal:
    """`read` gives the package's files. `root`: the one that counts; None: the one inside.

    Raises: BadSignature; KeyError when there is none.
    """
    manifest, cms = read("manifest.json"), read("manifest.p7s")
    try:
        at = datetime.fromisoformat(json.loads(manifest)["completed_at"])
        signer = checked(cms, sha256(manifest).digest())
        stamp = checked_stamp(signer.stamp, signer.value) if signer.stamp else None
        chain = chain_to_root(signer, root, stamp.at if stamp else at)
    except (LookupError, ValueError, TypeError) as error:
        if isinstance(error, BadSignature):
            raise
        raise BadSignature("归档清单的签名无法读取") from error
    if named(signer.certificate, NameOID.SERIAL_NUMBER) != str(ARCHIVIST):
        raise BadSignature("归档清单不是由归档密钥签署的")
    return ArchiveSeal(
        named(signer.certificate, NameOID.COMMON_NAME),
        fingerprint(chain[-1]),
        stamp.at if stamp else None,
    )
