"""The process that holds the keys: it signs, dies, comes back, and tells nothing."""

import os
import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from document_svc.keys import WrongPassphrase
from document_svc.signer import Kept, Secret, Signer, SignerAway, SignerRefused

from tests.unit.document_svc.examples import ORGANISATION, PASSPHRASE, SUBMITTED_AT, unit

DIGEST = sha256(b"a sheet").digest()


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    signer = Signer(Secret(None, lambda: PASSPHRASE))
    yield signer
    signer.close()


@pytest.fixture(scope="module")
def seal(signer: Signer) -> Kept:
    authority = signer.authority(ORGANISATION.name, now=SUBMITTED_AT)
    return signer.issue(
        authority.kept,
        organisation=ORGANISATION.name,
        unit="财务部",
        unit_id=unit("财务部").id,
        valid_from=SUBMITTED_AT,
    )


def test_it_signs_with_the_departments_key(signer: Signer, seal: Kept) -> None:
    signed = cms.ContentInfo.load(signer.sign(seal.kept, DIGEST))["content"]
    inside = {certificate.dump() for certificate in signed["certificates"]}
    assert seal.certificate in inside
    assert x509.load_der_x509_certificate(seal.certificate).subject.rfc4514_string()
    assert signer.look(seal.kept) == seal


def test_killed_it_comes_back_and_signs_the_same(signer: Signer, seal: Kept) -> None:
    before = signer.sign(seal.kept, DIGEST)
    first = signer.pid
    os.kill(first or 0, signal.SIGKILL)
    assert signer.sign(seal.kept, DIGEST) == before
    assert signer.pid != first


def test_it_ends_with_document_svc(seal: Kept) -> None:
    other = Signer(Secret(None, lambda: PASSPHRASE))
    other.look(seal.kept)
    process = other._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # as when document-svc is killed
    assert process.wait(timeout=20) == 0


def test_what_it_cannot_read_is_refused_and_it_goes_on(signer: Signer, seal: Kept) -> None:
    with pytest.raises(WrongPassphrase):
        signer.look(b"no key")
    with pytest.raises(SignerRefused):
        signer._asked({"do": "tell me your passphrase"})
    assert signer.look(seal.kept) == seal


def test_another_passphrase_opens_nothing(seal: Kept, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("another passphrase\n")
    other = Signer(Secret(file))
    with pytest.raises(WrongPassphrase):
        other.look(seal.kept)
    other.close()


def test_a_passphrase_in_a_file_is_read_by_the_process_alone(seal: Kept, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    other = Signer(Secret(file))
    assert other.look(seal.kept) == seal
    other.close()


@pytest.mark.parametrize("content", [None, "short"])
def test_without_a_good_passphrase_it_does_not_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "passphrase"
    if content:
        file.write_text(content)
    with pytest.raises(SignerAway):
        Signer(Secret(file)).authority("x", now=SUBMITTED_AT)
