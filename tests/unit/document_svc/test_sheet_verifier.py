"""The offline check of a sheet: what is whole passes, and whatever was done to it is found."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from document_svc import verify_sheet
from document_svc.certificates import create_authority, issue
from document_svc.increment import Increment
from document_svc.sheet_verifier import NoSheet, Verdict, verify
from document_svc.stamping import Hand, put_opinion
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.document_svc.examples import (
    KEYS,
    ORGANISATION,
    SIGNED_AT,
    SUBMITTED_AT,
    authority,
    drawing,
    fully_sealed,
    opinion,
    sealed,
    sheet,
    unit,
)

ROOT = authority().certificate
ONE = sealed(sheet(), "applying_unit", "计算机学院")
WHOLE = fully_sealed(sheet())


def problems(verdict: Verdict) -> list[str]:
    return [*verdict.changes, *(p for each in verdict.signatures for p in each.problems)]


def test_a_sealed_sheet_is_sound() -> None:
    verdict = verify(WHOLE, root=ROOT)
    assert problems(verdict) == []
    assert verdict.sound
    assert [each.unit for each in verdict.signatures] == [
        *("计算机学院", "科研部", "会签部门1", "会签部门2", "校长法律顾问办公室", "督查室")
    ]
    assert verdict.signatures[-1].end == len(WHOLE)


END = len(ONE) - 1
GAP = range(ONE.rindex(b"/Contents ") + 10, ONE.rindex(b"/Contents ") + 3000)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(st.integers(0, END), st.sampled_from(GAP)), st.integers(1, 255))
def test_any_changed_byte_is_found(place: int, by: int) -> None:
    changed = bytearray(ONE)
    changed[place] ^= by
    try:
        verdict = verify(bytes(changed), root=ROOT)
    except NoSheet:
        return
    # A digit of the signature in the other case is the same signature.
    same = bytes(changed).lower() == ONE.lower() and verdict.signatures
    assert same or not verdict.sound


def test_a_rewritten_file_is_found() -> None:
    with pikepdf.open(BytesIO(WHOLE)) as pdf:
        out = BytesIO()
        pdf.save(out)
    assert not verify(out.getvalue(), root=ROOT).sound


def appended(data: bytes, number: int, body: bytes) -> bytes:
    """A new version of one object behind the end, with its cross-reference."""
    update = Increment(data)
    start = len(data)
    thing = b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size, root = int(update.pdf.trailer.Size), update.pdf.trailer.Root.objgen[0]
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, start)
    identity = update.pdf.trailer.ID.unparse()
    ends = (max(size, number + 1), root, update._previous, identity)
    trailer = b"trailer\n<</Size %d/Root %d 0 R/Prev %d/ID %s>>\n" % ends
    return data + thing + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (start + len(thing))


def test_an_object_replaced_behind_the_end_is_named() -> None:
    with pikepdf.open(BytesIO(WHOLE)) as pdf:
        page = pdf.pages[0].obj
        number, body = page.objgen[0], page.unparse(resolved=True).replace(b"/MediaBox", b"/Media")
    verdict = verify(appended(WHOLE, number, body), root=ROOT)
    assert any(f"对象 {number}" in change for change in verdict.changes)
    assert any("未签名" in change for change in verdict.changes)


def test_something_added_behind_the_end_is_found() -> None:
    with pikepdf.open(BytesIO(WHOLE)) as pdf:
        number = int(pdf.trailer.Size)
    verdict = verify(appended(WHOLE, number, b"<</Note(x)>>"), root=ROOT)
    assert not verdict.sound
    assert verify(WHOLE + b"\n\n", root=ROOT).sound  # white space behind the end says nothing


def test_a_page_changed_between_two_signatures_is_found() -> None:
    with pikepdf.open(BytesIO(ONE)) as pdf:
        page = pdf.pages[0].obj
        number = page.objgen[0]
        body = page.unparse(resolved=True).replace(b"/MediaBox", b"/Rotate 180/MediaBox")
    forged = appended(ONE, number, body)
    later = sealed(forged, "approving_department", "科研部")
    verdict = verify(later, root=ROOT)
    assert [each.problems for each in verdict.signatures] == [(), ()]
    assert verdict.changes == (f"第 1 个签名之后改动了原有内容（对象 {number}）",)


def test_a_signature_of_another_authority_is_not_trusted() -> None:
    other = KEYS.opened(
        create_authority(ORGANISATION.name, now=SUBMITTED_AT, keeper=KEYS),
    )
    forger = KEYS.opened(
        issue(
            other,
            organisation=ORGANISATION.name,
            unit="科研部",
            unit_id=unit("科研部").id,
            valid_from=SUBMITTED_AT,
            keeper=KEYS,
        )
    )
    forged = put_opinion(
        ONE,
        "approving_department",
        opinion("科研部"),
        Hand(drawing(f"{ORGANISATION.name}科研部"), forger),
    )
    known = verify(forged, root=ROOT)
    assert [bool(each.problems) for each in known.signatures] == [False, True]
    unknown = verify(forged)
    assert "各签名的证书不属于同一个颁发机构" in unknown.changes


@pytest.mark.parametrize(
    ("issued", "sound"),
    [(SIGNED_AT + timedelta(days=3), True), (SIGNED_AT - timedelta(days=365 * 6), False)],
    ids=["after the decision", "run out before it"],
)
def test_a_certificate_must_not_have_run_out(issued: datetime, *, sound: bool) -> None:
    root = KEYS.opened(
        create_authority(ORGANISATION.name, now=SIGNED_AT, keeper=KEYS),
    )
    ours = KEYS.opened(
        issue(
            root,
            organisation=ORGANISATION.name,
            unit="科研部",
            unit_id=unit("科研部").id,
            valid_from=issued,
            keeper=KEYS,
        )
    )
    pdf = put_opinion(sheet(), "applying_unit", opinion("科研部"), Hand(None, ours))
    assert verify(pdf, root=root.certificate).sound is sound


def test_an_earlier_state_is_sound_but_not_the_newest() -> None:
    """Cutting back to an earlier signature leaves what that signature covered: only the digest,
    noted outside, tells that it is not the newest."""
    verdict = verify(ONE, root=ROOT)
    assert verdict.sound
    assert verdict.sha256 != verify(WHOLE).sha256


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"hello", sheet(), WHOLE[: len(WHOLE) // 2], ONE[:-40]]
)
def test_what_is_no_sealed_sheet_is_named_so(data: bytes) -> None:
    with pytest.raises(NoSheet):
        verify(data)


# ---- The command ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.pem").write_bytes(ROOT.public_bytes(Encoding.PEM))
    (tmp_path / "sheet.pdf").write_bytes(WHOLE)
    changed = bytearray(WHOLE)
    changed[len(WHOLE) // 3] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    (tmp_path / "other.txt").write_text("hello")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["sheet.pdf"], 0, "有效"),
        (["sheet.pdf"], 0, "不能得知是否已作废"),
        (["sheet.pdf", "--root", "root.pem"], 0, "（所给）"),
        (["sheet.pdf", "--sha256", "0" * 64], 1, "不是所给摘要的文件"),
        (["changed.pdf"], 1, "无效"),
        (["other.txt"], 2, "无法验证"),
        (["absent.pdf"], 2, "无法读取"),
        (["sheet.pdf", "--root", "other.txt"], 2, "不是 PEM 证书"),
    ],
)
def test_the_command_says_what_it_found(
    *,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(folder)
    assert verify_sheet.main(arguments) == code
    assert says in capsys.readouterr().out
