"""Which PAdES baseline level a signature on a sheet has, and whether its certificate still counted.

B-B: the time is the signer's own word. B-T: a third party's. B-LT: and the sheet itself carries
what shows, without any service, that no certificate was revoked by then (ETSI EN 319 142-1, 6).
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from document_svc.der import BadSignature
from document_svc.proofs import Proofs
from document_svc.stamp_reading import Stamp


class Level(StrEnum):
    PLAIN = "B-B"
    TIMED = "B-T"
    LONG_TERM = "B-LT"


def level_of(
    chain: Sequence[x509.Certificate], stamp: Stamp | None, at: datetime | None, proofs: Proofs
) -> Level:
    """`chain`: the signer's certificate and those above it. Raises: BadSignature when revoked."""
    moment = stamp.at if stamp is not None else at
    proved = moment is not None and _counted(chain, moment, proofs)
    if stamp is None:
        return Level.PLAIN
    stamp_proved = _counted(chain_of(stamp, proofs), stamp.at, proofs)
    return Level.LONG_TERM if proved and stamp_proved else Level.TIMED


def chain_of(stamp: Stamp, proofs: Proofs) -> list[x509.Certificate]:
    """From the time stamp's certificate up, as far as what is there leads."""
    known = [*stamp.others, *proofs.certificates]
    chain = [stamp.certificate]
    while chain[-1].subject != chain[-1].issuer:
        above = next((each for each in known if issued(each, chain[-1])), None)
        if above is None or above in chain:
            break
        chain.append(above)
    return chain


def require_stamp_from(root: x509.Certificate, stamp: Stamp, proofs: Proofs) -> None:
    """Raises: BadSignature."""
    top = chain_of(stamp, proofs)[-1]
    if top != root and not issued(root, top):
        raise BadSignature("时间戳不是由所给的根证书签发的")


def issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return constraints.value.ca


def _counted(chain: Sequence[x509.Certificate], at: datetime, proofs: Proofs) -> bool:
    """Whether lists show that none was revoked by then. Raises: BadSignature when one was."""
    shown = True
    for certificate, issuer in pairwise(chain):
        told = proofs.list_for(certificate, issuer, at)
        if told is None:
            shown = False
            continue
        entry = told.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            raise BadSignature("签名时证书已被吊销")
    return shown
