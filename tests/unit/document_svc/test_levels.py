"""What time stamps and revocation lists on a sheet are worth to the offline check."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import pytest
from document_svc.certificates import revocation_list
from document_svc.proofs import with_proofs
from document_svc.sheet_verifier import CheckedSignature, verify
from document_svc.signer import STAMPED_BYTES
from document_svc.stamping import Hand, put_opinion
from document_svc.time_stamp import TimestampAuthority, with_token

from tests.service.document_svc.timestamp_server import TimestampServer, timestamp_server
from tests.unit.document_svc.examples import authority, credential, opinion, sheet

UNIT = "科研部"
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[TimestampServer]:
    with timestamp_server() as server:
        yield server


class Stamping:
    """A department's key, with a time stamp; `spoil` makes another signature of what it made."""

    room = STAMPED_BYTES

    def __init__(self, server: TimestampServer) -> None:
        self._stamps = TimestampAuthority(server.url, seconds=20)

    def sign(self, digest: bytes) -> bytes:
        return self._stamps.stamped(credential(UNIT).sign(digest))


class Borrowed(Stamping):
    """With the time stamp of another signature."""

    def sign(self, digest: bytes) -> bytes:
        token = self._stamps._token(bytes(32))
        return with_token(credential(UNIT).sign(digest), token)


def sealed_by(hand: Stamping) -> bytes:
    return put_opinion(sheet(), "approving_department", opinion(UNIT), Hand(None, hand))


def proved(pdf: bytes, server: TimestampServer, *, since: datetime | None = None) -> bytes:
    """With both lists; ours says that the certificate counts no more `since` then."""
    serial = f"{credential(UNIT).certificate.serial_number:x}"
    ours = revocation_list(
        authority(),
        [(serial, since)] if since else [],
        number=1,
        now=NOW,
        until=NOW + timedelta(days=7),
    )
    above = [authority().certificate]
    return with_proofs(pdf, above, [ours, server.revocations])


def only(pdf: bytes) -> CheckedSignature:
    verdict = verify(pdf, root=authority().certificate)
    assert not verdict.changes
    [signature] = verdict.signatures
    return signature


def test_a_stamp_makes_it_timed_and_lists_make_it_last(server: TimestampServer) -> None:
    pdf = sealed_by(Stamping(server))
    assert only(pdf).level == "B-T"
    lasting = only(proved(pdf, server))
    assert (lasting.level, lasting.problems) == ("B-LT", ())
    assert lasting.stamped_at is not None
    assert abs(lasting.stamped_at - datetime.now(UTC)) < timedelta(hours=1)


def test_revoked_after_the_stamp_it_stays_and_before_it_counts_for_nothing(
    server: TimestampServer,
) -> None:
    pdf = sealed_by(Stamping(server))
    after = only(proved(pdf, server, since=datetime.now(UTC) + timedelta(hours=1)))
    assert (after.level, after.problems) == ("B-LT", ())
    before = only(proved(pdf, server, since=NOW - timedelta(days=1)))
    assert before.problems == ("签名时证书已被吊销",)


def test_a_stamp_of_another_signature_is_found(server: TimestampServer) -> None:
    signature = only(sealed_by(Borrowed(server)))
    assert signature.problems == ("时间戳不是为这个签名签发的",)


def test_a_changed_stamp_is_found(server: TimestampServer) -> None:
    pdf = sealed_by(Stamping(server))
    with pikepdf.open(BytesIO(pdf)) as read:
        held = next(one.V for one in read.Root.AcroForm.Fields if "/V" in one)
        contents = bytes(held.Contents)
    time = re.search(rb"\x18.20\d\d", contents, re.DOTALL)
    assert time is not None
    at = time.end() - 1
    changed = contents[:at] + bytes([contents[at] ^ 1]) + contents[at + 1 :]
    forged = pdf.replace(contents.hex().encode(), changed.hex().encode())
    assert forged != pdf
    assert only(forged).problems == ("时间戳的内容被改动",)


def test_what_stands_in_the_store_is_not_added_again(server: TimestampServer) -> None:
    pdf = proved(sealed_by(Stamping(server)), server)
    assert with_proofs(pdf, [authority().certificate], [server.revocations]) == pdf
