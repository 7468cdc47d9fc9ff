"""What lets a sheet be judged years later: PAdES level B-LT (ETSI EN 319 142-1, 5.4 and 6.3).

After a time-stamped signature, an incremental update adds the store of proofs (DSS): certificates
and the revocation lists of whoever issued them. Nothing that is signed is touched. What stands
there stays; what is new comes beside it. `proofs_in` reads it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from pikepdf import Array, Dictionary

from document_svc.cms_reading import stamp_in
from document_svc.der import BadSignature
from document_svc.increment import Increment
from document_svc.stamp_reading import stamp_certificates


@dataclass(frozen=True)
class Proofs:
    certificates: tuple[x509.Certificate, ...]
    lists: tuple[x509.CertificateRevocationList, ...]

    def list_for(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> x509.CertificateRevocationList | None:
        """The newest list of its issuer's that was good at that time or later."""
        good = [
            each
            for each in self.lists
            if each.issuer == certificate.issuer
            and each.next_update_utc is not None
            and each.next_update_utc >= at
            and _is_signed_by(each, issuer)
        ]
        return max(good, key=lambda each: each.last_update_utc, default=None)


def with_proofs(
    sheet: bytes, certificates: Iterable[x509.Certificate], lists: Iterable[bytes]
) -> bytes:
    """The sheet with these in its store; unchanged when it has them all. `lists`: CRLs in DER."""
    update = Increment(sheet)
    root = update.pdf.Root
    if "/DSS" in root:
        store = root.DSS
        update.touched(store)
    else:
        store = update.pdf.make_indirect(Dictionary(Certs=Array(), CRLs=Array()))
        root.DSS = store
        update.touched(root)
        update.added(store)
    ders = [each.public_bytes(Encoding.DER) for each in certificates]
    added = _add(update, store.Certs, ders) + _add(update, store.CRLs, lists)
    return update.unsigned() if added else sheet


def certificates_of_stamps(sheet: bytes) -> list[x509.Certificate]:
    """Of every time stamp on the sheet that can be read."""
    found: dict[x509.Certificate, None] = {}
    with pikepdf.open(BytesIO(sheet)) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            if "/V" not in field:
                continue
            try:
                token = stamp_in(bytes(field.V.Contents))
                found |= dict.fromkeys(stamp_certificates(token) if token else ())
            except BadSignature:  # of a kind that is not known here: the seal stays at B-T
                continue
    return list(found)


def proofs_in(pdf: pikepdf.Pdf) -> Proofs:
    """Raises: BadSignature when they cannot be read."""
    store = pdf.Root.get("/DSS", Dictionary())
    try:
        return Proofs(
            tuple(map(x509.load_der_x509_certificate, _contents(store.get("/Certs", ())))),
            tuple(map(x509.load_der_x509_crl, _contents(store.get("/CRLs", ())))),
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature("所附的证明无法读取") from error


def _add(update: Increment, held: Any, new: Iterable[bytes]) -> int:
    known = set(_contents(held))
    added = [each for each in dict.fromkeys(new) if each not in known]
    for each in added:
        stream = update.pdf.make_stream(each)
        update.added(stream)
        held.append(stream)
    return len(added)


def _contents(streams: Any) -> list[bytes]:
    return [each.read_bytes() for each in streams]


def _is_signed_by(made: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return made.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False
