"""Keys in a token (PKCS#11): made, used and destroyed there; and what is said when it is not."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import pkcs11
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from document_svc.keys import KeyMissing, TokenAbsent, WrongPin
from document_svc.sheet_verifier import verify
from document_svc.signer import Kept, RemoteCredential, Secret, Signer, Token
from document_svc.stamping import Hand, Part, put_opinion
from document_svc.token_keys import may_lock_itself
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.standins.softhsm import PIN, token_in
from tests.unit.document_svc.examples import (
    ORGANISATION,
    PASSPHRASE,
    SUBMITTED_AT,
    drawing,
    opinion,
    sheet,
    unit,
)

DIGEST = sha256(b"a sheet").digest()


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    return token_in(tmp_path_factory.mktemp("token"))


@pytest.fixture(scope="module")
def signer(token: Token) -> Iterator[Signer]:
    signer = Signer(Secret(None, token=token))
    yield signer
    signer.close()


@pytest.fixture(scope="module")
def authority(signer: Signer) -> Kept:
    return signer.authority(ORGANISATION.name, now=SUBMITTED_AT)


def issued(signer: Signer, authority: Kept, name: str) -> Kept:
    return signer.issue(
        authority.kept,
        organisation=ORGANISATION.name,
        unit=name,
        unit_id=unit(name).id,
        valid_from=SUBMITTED_AT,
    )


@contextmanager
def logged_in(token: Token) -> Iterator[pkcs11.Session]:
    """Into the token, past document-svc. The library finds the token by the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in token.environment.items():
            patch.setenv(name, value)
        library = pkcs11.lib(str(token.module))
        library.reinitialize()
        with library.get_token(token_label=token.label).open(user_pin=PIN) as session:
            yield session


@pytest.fixture
def closing() -> Iterator[list[Signer]]:
    """Signers to end after the test."""
    signers: list[Signer] = []
    yield signers
    for each in signers:
        each.close()


def test_a_sheet_sealed_by_the_token_is_valid_to_every_judge(
    signer: Signer, authority: Kept, tmp_path: Path
) -> None:
    pdf = sheet()
    places = {"applying_unit": "计算机学院", "approving_department": "科研部"}
    for place, name in [*places.items(), (Part(0, 1), "财务部")]:
        credential = RemoteCredential(signer, issued(signer, authority, name).kept)
        hand = Hand(drawing(f"{ORGANISATION.name}{name}"), credential)
        pdf = put_opinion(pdf, place, opinion(name), hand)

    root = asn1_x509.Certificate.load(authority.certificate)
    for one in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures:
        status = validate_pdf_signature(one, ValidationContext(trust_roots=[root]))
        assert status.bottom_line
    ours = verify(pdf, root=x509.load_der_x509_certificate(authority.certificate))
    assert ours.sound
    assert [each.unit for each in ours.signatures] == ["计算机学院", "科研部", "财务部"]
    file = tmp_path / "sheet.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
    ).stdout
    assert said.count("Signature is Valid.") == 3
    with pikepdf.open(file) as read:
        assert read.check_pdf_syntax() == []


def test_the_key_stays_in_the_token(signer: Signer, authority: Kept, token: Token) -> None:
    seal = issued(signer, authority, "财务部")
    assert seal.kept.startswith(b"pkcs11:token=")
    assert b"PRIVATE KEY" not in seal.kept
    with logged_in(token) as session:
        for key in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}):
            assert key[pkcs11.Attribute.EXTRACTABLE] is False
            assert key[pkcs11.Attribute.ALWAYS_SENSITIVE] is True
            with pytest.raises(pkcs11.AttributeSensitive):
                key[pkcs11.Attribute.VALUE]


def test_killed_it_logs_in_again(signer: Signer, authority: Kept) -> None:
    seal = issued(signer, authority, "财务部")
    os.kill(signer.pid or 0, signal.SIGKILL)
    assert signer.look(seal.kept) == seal
    assert signer.sign(seal.kept, DIGEST)


def test_a_destroyed_key_is_gone_and_is_missed_by_name(signer: Signer, authority: Kept) -> None:
    seal = issued(signer, authority, "财务部")
    signer.sign(seal.kept, DIGEST)
    signer.destroy(seal.kept)
    signer.destroy(seal.kept)  # again: nothing
    with pytest.raises(KeyMissing):
        signer.sign(seal.kept, DIGEST)


def test_a_key_of_another_certificate_does_not_sign(signer: Signer, authority: Kept) -> None:
    mine, other = (issued(signer, authority, name) for name in ("财务部", "科研部"))
    name, _, _ = other.kept.partition(b"\n")
    _, _, chain = mine.kept.partition(b"\n")
    with pytest.raises(KeyMissing, match="not the certificate's"):
        signer.sign(name + b"\n" + chain, DIGEST)


@pytest.mark.parametrize("what", ["label", "module"])
def test_without_its_token_it_says_so(token: Token, closing: list[Signer], what: str) -> None:
    changes = {"label": "another", "module": Path("/nowhere/token.so")}
    other = Signer(Secret(None, token=replace(token, **{what: changes[what]})))
    closing.append(other)
    with pytest.raises(TokenAbsent):
        other.start()


def test_a_token_that_comes_back_is_found(
    authority: Kept, signer: Signer, token: Token, closing: list[Signer]
) -> None:
    place = Path(token.environment["SOFTHSM2_CONF"]).parent
    seal = issued(signer, authority, "财务部")
    other = Signer(Secret(None, token=token))
    closing.append(other)
    (place / "tokens").rename(place / "elsewhere")
    try:
        with pytest.raises(TokenAbsent):
            other.sign(seal.kept, DIGEST)
    finally:
        (place / "elsewhere").rename(place / "tokens")
    assert other.sign(seal.kept, DIGEST)


def test_a_wrong_pin_is_tried_once(token: Token, tmp_path: Path, closing: list[Signer]) -> None:
    wrong = tmp_path / "pin"
    wrong.write_text("00000000")
    other = Signer(Secret(None, token=replace(token, pin_file=wrong)))
    closing.append(other)
    with pytest.raises(WrongPin):
        other.start()
    wrong.write_text(PIN)  # not read again before document-svc starts anew
    with pytest.raises(WrongPin):
        other.authority(ORGANISATION.name, now=SUBMITTED_AT)
    assert other.pid is None


def test_the_last_try_of_a_pin_is_left_to_a_person() -> None:
    flags = pkcs11.TokenFlag
    assert may_lock_itself(flags.USER_PIN_FINAL_TRY | flags.TOKEN_INITIALIZED)
    assert may_lock_itself(flags.USER_PIN_LOCKED)
    assert not may_lock_itself(flags.USER_PIN_COUNT_LOW | flags.TOKEN_INITIALIZED)


def test_keys_from_before_the_token_are_opened_beside_it(
    token: Token, closing: list[Signer]
) -> None:
    before = Signer(Secret(None, lambda: PASSPHRASE))
    both = Signer(Secret(None, lambda: PASSPHRASE, token))
    token_alone = Signer(Secret(None, token=token))
    closing.extend([before, both, token_alone])
    authority = before.authority(ORGANISATION.name, now=SUBMITTED_AT)
    old = issued(before, authority, "财务部")
    new = issued(both, authority, "财务部")
    assert new.kept.startswith(b"pkcs11:")
    assert both.sign(old.kept, DIGEST) != both.sign(new.kept, DIGEST)
    with pytest.raises(KeyMissing):
        token_alone.sign(old.kept, DIGEST)
    with pytest.raises(KeyMissing):
        before.sign(new.kept, DIGEST)
