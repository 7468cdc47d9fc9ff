"""Revocation lists of those who issued the time-stamping authority's certificate, fetched."""

import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.telemetry import logger

log = logger(__name__)

_LARGEST = 5_000_000
_REST_SECONDS = 60.0


class OutsideLists:
    """Keeps each list until it runs out. One that cannot be had is let alone for a minute."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, x509.CertificateRevocationList] = {}
        self._away_until: dict[str, float] = {}

    def of(self, certificates: Sequence[x509.Certificate]) -> list[bytes]:
        """In DER, as many as can be had. Blocking: call from a thread."""
        found = (self._list_at(url) for each in certificates for url in _published_at(each)[:1])
        return [each.public_bytes(Encoding.DER) for each in found if each is not None]

    def _list_at(self, url: str) -> x509.CertificateRevocationList | None:
        kept = self._kept.get(url)
        if kept is not None and kept.next_update_utc and kept.next_update_utc > datetime.now(UTC):
            return kept
        if time.monotonic() < self._away_until.get(url, 0.0):
            return None
        try:
            with urllib.request.urlopen(url, timeout=self._seconds) as answer:  # noqa: S310 - http(s)
                self._kept[url] = x509.load_der_x509_crl(answer.read(_LARGEST))
        except (OSError, ValueError) as error:
            self._away_until[url] = time.monotonic() + _REST_SECONDS
            log.warning("no_revocation_list_for_time_stamps", url=url, error=str(error))
            return None
        return self._kept[url]


def _published_at(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name.value for point in points for name in point.full_name or ()]
    return [str(name) for name in names if str(name).startswith(("http://", "https://"))]
