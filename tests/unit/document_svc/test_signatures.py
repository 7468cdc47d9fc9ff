"""Seals as signatures, judged by an implementation that shares nothing with ours (pyHanko)."""

import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from document_svc.certificates import create_authority
from document_svc.fields import NoSuchPlace, box_of, field_named
from document_svc.increment import BrokenSheet
from document_svc.keys import PassphraseKeys, WrongPassphrase
from document_svc.layout import MM, READABLE, Box, holds_readably
from document_svc.sheet import Continued
from document_svc.stamping import Hand, Part, place_layout, put_opinion
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from tests.unit.document_svc.examples import (
    KEYS,
    ORGANISATION,
    SIGNED_AT,
    SUBMITTED_AT,
    authority,
    credential,
    drawing,
    form,
    fully_sealed,
    opinion,
    sealed,
    sheet,
    text_of,
)


def verdicts(pdf: bytes) -> list[PdfSignatureStatus]:
    root = x509.Certificate.load(authority().certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root])
    reader = PdfFileReader(BytesIO(pdf))
    return [validate_pdf_signature(one, context) for one in reader.embedded_regular_signatures]


@pytest.mark.parametrize("countersigners", [0, 1, 2, 4, 5, 12, 40])
def test_every_seal_stays_valid_under_all_later_ones(countersigners: int) -> None:
    base = sheet(countersigners=countersigners)
    found = verdicts(fully_sealed(base, countersigners=countersigners))
    assert len(found) == 4 + countersigners
    for status in found:
        assert status.bottom_line
        assert status.intact
        assert status.trusted
    last = found[-1]
    assert last.modification_level is ModificationLevel.NONE


def test_a_seal_names_the_department_and_carries_opinion_and_time() -> None:
    pdf = sealed(sheet(), "applying_unit", "计算机学院", "同意，材料属实。")
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]
    subject = signature.signer_cert.subject.native
    assert subject["common_name"] == "计算机学院"
    assert subject["organization_name"] == ORGANISATION.name
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.sig_object["/Reason"] == "同意，材料属实。"
    assert signature.self_reported_timestamp == SIGNED_AT
    assert verdicts(pdf)[0].pkcs7_signature_mechanism == "sha256_ecdsa"


def test_the_order_to_seal_lies_in_the_signature_and_is_covered_by_it(tmp_path: Path) -> None:
    order = f"{'a' * 90}.{'b' * 900}.{'c' * 86}"  # as long as one for six countersigners
    said = replace(opinion("科研部"), order=order)
    hand = Hand(drawing("科研部"), credential("科研部"))
    pdf = put_opinion(sheet(), "approving_department", said, hand)
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]
    assert signature.sig_object["/SealOrder"] == order
    assert [status.bottom_line for status in verdicts(pdf)] == [True]
    assert not verdicts(pdf.replace(b"bbb.ccc", b"bbd.ccc"))[0].bottom_line
    file = tmp_path / "sheet.pdf"
    file.write_bytes(pdf)
    with pikepdf.open(file) as document:
        assert document.check_pdf_syntax() == []
    said_of_it = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
    ).stdout
    assert said_of_it.count("Signature is Valid.") == 1
    without = put_opinion(sheet(), "approving_department", opinion("科研部"), hand)
    assert len(pdf) - len(without) == len(order) + len("/SealOrder ()") + 1  # and nothing else


@pytest.mark.parametrize("where", [0.01, 0.2, 0.5, 0.6])
def test_a_flipped_byte_is_found(where: float) -> None:
    pdf = bytearray(sealed(sheet(), "applying_unit", "计算机学院"))
    stream = pdf.index(b"\nstream\n", int(len(pdf) * where)) + 20
    pdf[stream] ^= 0x01
    assert not any(status.bottom_line for status in verdicts(bytes(pdf)))


def test_another_text_under_a_seal_is_found() -> None:
    pdf = sealed(sealed(sheet(), "applying_unit", "甲"), "approving_department", "乙")
    with pikepdf.open(BytesIO(pdf)) as document:
        field = field_named(document, "applying_unit")
        field.AP = field_named(document, "approving_department").AP
        out = BytesIO()
        document.save(out)
    assert not any(status.bottom_line for status in verdicts(out.getvalue()))


def test_sealing_appends_and_touches_nothing_that_was_there() -> None:
    before = sealed(sheet(), "applying_unit", "计算机学院")
    after = sealed(before, "approving_department", "科研部")
    assert after.startswith(before)


def test_the_same_seal_on_the_same_sheet_gives_the_same_bytes() -> None:
    base = sheet()
    assert sealed(base, "applying_unit", "甲") == sealed(base, "applying_unit", "甲")


def test_opinions_signers_dates_and_number_can_be_copied_from_the_sealed_sheet() -> None:
    found = text_of(fully_sealed(sheet(), text="同意用印，份数已核对。"))
    assert found.count("同意用印，份数已核对。") == 5
    assert found.count("2026年03月02日") == 5
    assert found.count("韦宇") == 5
    assert "会签部门2" in found
    assert "YY2026-000139" in found


def readable(place: str, count: int) -> str:
    """The longest text, in hundreds, that is said to fit there."""
    layout = place_layout(sheet(), Part(0, count) if count else place)
    sentence = "经审核，该合同条款、经费来源与知识产权归属符合学校规定，"
    texts = [(sentence * 60)[: 50 * n] for n in range(1, 30)]
    return [text for text in texts if holds_readably(layout, text)][-1]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_what_is_said_to_fit_is_whole_and_readable(count: int) -> None:
    text = readable("applying_unit", count)
    assert len(text) >= {0: 300, 1: 750, 2: 250, 3: 150, 4: 50}[count]
    pdf = sealed(sheet(), Part(0, count) if count else "applying_unit", "财务部", text)
    assert text in text_of(pdf)
    with pikepdf.open(BytesIO(pdf)) as document:
        field = field_named(document, "countersign-1" if count else "applying_unit")
        assert min(font_sizes(field)) >= READABLE


def test_a_continued_opinion_is_whole_on_a_further_page_and_begins_in_its_cell() -> None:
    long = ("经审核，该合同条款、经费来源与知识产权归属符合学校规定，" * 40)[:1000]
    one = Continued("审批部门意见", "科研部", long, "审批人", "韦宇", "2026年03月02日")
    pdf = put_opinion(
        sheet(continued=[one]),
        "approving_department",
        opinion("科研部", long),
        Hand(drawing("科研部"), credential("科研部")),
        continued=True,
    )
    found = text_of(pdf)
    assert found.count(long) == 1
    assert "……（全文见意见附页）" in found
    assert "意见附页审批部门意见科研部" in found.replace("（续）受理号：SL2026-000139", "")
    assert verdicts(pdf)[0].bottom_line
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]
    assert signature.sig_object["/Reason"] == long


@pytest.mark.parametrize("countersigners", [1, 2, 3, 4, 5, 12])
def test_every_seal_is_drawn_inside_its_own_cell(countersigners: int) -> None:
    with pikepdf.open(
        BytesIO(fully_sealed(sheet(countersigners=countersigners), countersigners=countersigners))
    ) as document:
        drawn = 0
        for field in document.Root.AcroForm.Fields:
            seal = drawn_seal(field)
            if seal is not None:
                drawn += 1
                cell = box_of(field)
                assert Box(0, 0, cell.width, cell.height).holds(seal)
                assert seal.width >= 27.9 * MM
        assert drawn == 3 + countersigners


def test_a_unit_without_a_seal_signs_without_one() -> None:
    pdf = put_opinion(sheet(), "applying_unit", opinion("甲"), Hand(None, credential("甲")))
    assert verdicts(pdf)[0].bottom_line
    with pikepdf.open(BytesIO(pdf)) as document:
        assert drawn_seal(field_named(document, "applying_unit")) is None


def test_a_place_that_the_sheet_has_not_is_refused() -> None:
    with pytest.raises(NoSuchPlace):
        sealed(sheet(form(horizontal_contract=False)), "legal_counsel", "甲")


def test_bytes_that_are_no_sheet_are_refused() -> None:
    with pytest.raises(BrokenSheet):
        sealed(b"%PDF-1.7 cut off", "applying_unit", "甲")


def test_keys_are_kept_under_their_passphrase() -> None:
    kept = create_authority(ORGANISATION.name, now=SUBMITTED_AT, keeper=KEYS)
    with pytest.raises(WrongPassphrase):
        PassphraseKeys("another passphrase").opened(kept)
    assert KEYS.opened(kept).certificate.issuer == authority().certificate.issuer


def font_sizes(field: pikepdf.Object) -> list[float]:
    """Of the text that a signature shows."""
    text = pikepdf.parse_content_stream(field.AP.N.Resources.XObject.Text)
    return [float(operands[1]) for operands, operator in text if str(operator) == "Tf"]


def drawn_seal(field: pikepdf.Object) -> Box | None:
    """Where a signature's appearance draws its seal."""
    if "/Seal" not in field.AP.N.Resources.XObject:
        return None
    for operands, operator in pikepdf.parse_content_stream(field.AP.N):
        if str(operator) == "cm":
            scale, _, _, _, x, y = (float(operand) for operand in operands)
            return Box(x, y, x + 1000 * scale, y + 1000 * scale)
    return None
