"""Sheets that prove themselves for years (PAdES B-LT), and the revocation list behind that."""

import asyncio
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from document_svc.models import Seal
from document_svc.seals import authority
from document_svc.sheet_verifier import verify
from document_svc.verify_sheet import SOUND, UNSOUND, main
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from shared.contracts.workflow import OpinionPlace
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    Story,
    sheet_pdf,
    unit_changed,
)
from tests.service.document_svc.test_register import COMPUTING, done
from tests.service.document_svc.timestamp_server import TimestampServer


def pdfsig(file: Path) -> str:
    asked = ["pdfsig", "-nocert", str(file)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


async def root_of(trial: Trial) -> x509.Certificate:
    async with trial.runtime.transaction() as tx:
        return x509.load_der_x509_certificate((await authority(tx)).certificate)


async def sealed_once(trial: Trial, story: Story) -> bytes:
    decided = story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院")
    now = story.ordered(decided.model_copy(update={"decided_at": datetime.now(UTC)}))
    await trial.deliver(story.submitted(), now)
    assert await trial.waiting() == []
    return (await sheet_pdf(trial, story)).content


async def valid_for_years(trial: Trial, pdf: bytes, stamper: TimestampServer) -> int:
    """By pyHanko at the time of each stamp, from nothing but the file and the two roots: no
    certificate counts whose state the file does not show (what it called PADES_LT)."""
    ours = asn1_x509.Certificate.load((await root_of(trial)).public_bytes(Encoding.DER))
    reader = PdfFileReader(BytesIO(pdf))
    signatures = reader.embedded_regular_signatures
    told = {"trust_roots": [ours, stamper.root], "allow_fetching": False}
    moments = [each.stamped_at for each in verify(pdf).signatures]
    for one, moment in zip(signatures, moments, strict=True):
        context = DocumentSecurityStore.read_dss(reader).as_validation_context(
            {**told, "moment": moment, "revocation_mode": "require", "retroactive_revinfo": True}
        )
        status = await async_validate_pdf_signature(one, context, ts_validation_context=context)
        assert status.bottom_line, status.pretty_print_details()
        assert status.timestamp_validity is not None
    return len(signatures)


async def test_every_signature_proves_itself_and_the_earlier_stay_valid(
    stamping: Trial, story: Story, stamper: TimestampServer, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    await stamping.deliver(
        story.submitted(),
        *(
            story.ordered(decided.model_copy(update={"decided_at": now}))
            for decided in story.all_agreed()
        ),
        story.ordered(story.approved().model_copy(update={"approved_at": now})),
    )
    assert await stamping.waiting() == []
    pdf = (await sheet_pdf(stamping, story)).content
    assert await valid_for_years(stamping, pdf, stamper) == 6
    file = tmp_path / "sheet.pdf"
    file.write_bytes(pdf)
    assert (await asyncio.to_thread(pdfsig, file)).count("Signature is Valid.") == 6
    with pikepdf.open(file) as read:
        assert read.check_pdf_syntax() == []
        assert len(read.Root.DSS.Certs) == 3  # our root, the stamper's and its own
        assert len(read.Root.DSS.CRLs) == 2
    verdict = verify(pdf, root=await root_of(stamping))
    assert verdict.sound, verdict
    assert [one.level for one in verdict.signatures] == ["B-LT"] * 6
    assert {one.stamper for one in verdict.signatures} == {"Time stamps for tests"}


async def test_a_seal_destroyed_afterwards_leaves_the_sheet_valid_at_its_time(
    stamping: Trial, story: Story, stamper: TimestampServer
) -> None:
    pdf = await sealed_once(stamping, story)
    async with stamping.runtime.database.session() as session:
        der = await session.scalar(select(Seal.certificate).where(Seal.unit_id == COMPUTING))
    serial = x509.load_der_x509_certificate(der or b"").serial_number
    assert (await published(stamping)).get_revoked_certificate_by_serial_number(serial) is None
    await done(stamping, "destroy")

    revocations = await published(stamping)
    entry = revocations.get_revoked_certificate_by_serial_number(serial)
    assert entry is not None
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.cessation_of_operation
    assert revocations.is_signature_valid((await root_of(stamping)).public_key())  # type: ignore[arg-type]
    assert await valid_for_years(stamping, pdf, stamper) == 1
    assert verify(pdf, root=await root_of(stamping)).sound
    # Without its time stamp it would count for nothing any more.
    root = asn1_x509.Certificate.load((await root_of(stamping)).public_bytes(Encoding.DER))
    told = asn1_crl.CertificateList.load(revocations.public_bytes(Encoding.DER))
    [signature] = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    status = await async_validate_pdf_signature(
        signature, ValidationContext(trust_roots=[root], crls=[told])
    )
    assert status.revoked


@pytest.mark.parametrize("deed", ["issue", "rename"])
async def test_a_certificate_that_is_replaced_is_not_revoked(
    stamping: Trial, story: Story, deed: str
) -> None:
    await sealed_once(stamping, story)
    if deed == "issue":
        await done(stamping, "issue", keeper="薛瑜")
    else:
        renamed = unit_changed("计算机学院").model_copy(update={"name": "计算机科学学院"})
        await stamping.deliver(renamed)
    assert list(await published(stamping)) == []


async def test_the_list_is_made_anew_before_it_runs_out(stamping: Trial, story: Story) -> None:
    await sealed_once(stamping, story)
    first = await published(stamping)
    assert await published(stamping) == first
    later = datetime.now(UTC) + timedelta(days=6)
    stamping.runtime.clock = lambda: later
    second = await published(stamping)
    assert (number(first), number(second)) == (1, 2)
    assert second.next_update_utc is not None
    assert second.next_update_utc > later > first.last_update_utc
    assert first.next_update_utc is not None
    assert later < first.next_update_utc


async def test_a_stamper_whose_list_is_away_costs_the_level_and_not_the_seal(
    stamping: Trial, story: Story, stamper: TimestampServer
) -> None:
    stamper.publishes = False
    pdf = await sealed_once(stamping, story)
    [one] = verify(pdf, root=await root_of(stamping)).signatures
    assert (one.level, one.problems) == ("B-T", ())


async def test_the_offline_check_tells_the_level_and_whose_word_the_time_is(
    stamping: Trial,
    story: Story,
    stamper: TimestampServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, root, stamp_root = (tmp_path / name for name in ("sheet.pdf", "root.pem", "tsa.pem"))
    file.write_bytes(await sealed_once(stamping, story))
    root.write_bytes((await root_of(stamping)).public_bytes(Encoding.PEM))
    stamp_root.write_bytes(stamper.root_pem)
    assert main([str(file), "--root", str(root), "--tsa-root", str(stamp_root)]) == SOUND
    said = capsys.readouterr().out
    assert "PAdES B-LT" in said
    assert "（Time stamps for tests）" in said
    assert main([str(file), "--tsa-root", str(root)]) == UNSOUND
    assert "时间戳不是由所给的根证书签发的" in capsys.readouterr().out


async def published(trial: Trial) -> x509.CertificateRevocationList:
    async with trial.client() as client:
        answer = await client.get("/trust/seals.crl")
    assert answer.headers["content-type"] == "application/pkix-crl"
    return x509.load_der_x509_crl(answer.content)


def number(made: x509.CertificateRevocationList) -> int:
    found: Any = made.extensions.get_extension_for_class(x509.CRLNumber).value
    return int(found.crl_number)
