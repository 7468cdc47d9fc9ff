"""A sheet, its orders and the record belong together, and nothing else passes for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from document_svc import verify_sheet
from document_svc.record_checker import check_record
from document_svc.sheet_verifier import verify
from workflow_svc.checkpoint import Notary

from shared.record.ending import Ending
from shared.record.proof import NoProof, RecordKeys, RecordProof, read_proof
from tests.unit.document_svc.examples import ORGANISATION, SIGNED_AT, authority, sealed, sheet, unit
from tests.unit.document_svc.recorded import (
    APPROVING,
    EVENTS,
    FIRST,
    NUMBERED,
    OTHER_PRIVATE,
    OTHER_PUBLIC,
    PRIVATE,
    PUBLIC,
    REQUEST,
    SECOND,
    agreed,
    keys,
    ordered,
    proof_of,
    put,
    row,
    rows_of,
    sealed_by,
)

WHOLE = sealed_by(*EVENTS)
PROOF = proof_of(rows_of(*EVENTS))


def problems(pdf: bytes, proof: RecordProof = PROOF) -> tuple[str, ...]:
    verdict = verify(pdf, root=authority().certificate)
    assert verdict.sound
    return check_record(verdict, proof, keys()).problems


def changed(proof: RecordProof, at: int, **values: Any) -> RecordProof:
    rows = list(proof.rows)
    rows[at] = rows[at].model_copy(update=values)
    return proof.model_copy(update={"rows": tuple(rows)})


def entry(at: int, **values: Any) -> dict[str, Any]:
    return PROOF.rows[at].entry | values


def test_a_sheet_fits_the_record_that_ordered_its_seals() -> None:
    told = check_record(verify(WHOLE), PROOF, keys())
    assert told.problems == ()
    assert told.standing is not None
    assert (told.standing.said, told.standing.counts, told.standing.rows) == ("审批完成", True, 4)


OTHERS = Notary(OTHER_PRIVATE, ORGANISATION)
ROWS = PROOF.rows


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (changed(PROOF, 1, entry=entry(1, opinion="不同意")), "第 2 条被改动"),
        (PROOF.model_copy(update={"rows": (ROWS[0], *ROWS[2:])}), "第 2 条之前缺少记录"),
        (PROOF.model_copy(update={"rows": ROWS[:-1]}), "应有 4 条，只有 3 条"),
        (changed(PROOF, 2, path=("00" * 32, *ROWS[2].path[1:])), "第 3 条不在日志中"),
        (changed(PROOF, 2, path=("xy", *ROWS[2].path[1:])), "第 3 条的路径无法读取"),
        (changed(PROOF, 2, position=ROWS[2].position + 1), "第 3 条不在日志中"),
        (changed(PROOF, 0, entry=entry(0, request_id=str(uuid4()))), "第 1 条属于另一件申请"),
        (proof_of(rows_of(*EVENTS), key=OTHER_PRIVATE), "日志检查点不是由所给公钥签署的"),
        (PROOF.model_copy(update={"checkpoint": "nothing"}), "日志检查点不是由所给公钥签署的"),
        (PROOF.model_copy(update={"ending": FIRST.seal_order}), "结尾不是由所给公钥签署的"),
        (PROOF.model_copy(update={"request_id": uuid4()}), "属于另一件申请"),
    ],
)
def test_a_record_that_is_not_as_it_was_proven_is_refused(proof: RecordProof, says: str) -> None:
    verdict = check_record(verify(WHOLE), proof, keys())
    assert any(says in problem for problem in verdict.problems), verdict.problems
    assert verdict.standing is None


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        ({"head": "0" * 64}, "结尾与所签署的不符"),
        ({"request_id": uuid4()}, "结尾属于另一件申请"),
        ({"length": 5}, "应有 5 条"),
    ],
)
def test_an_ending_of_another_record_is_refused(ending: dict[str, Any], says: str) -> None:
    ours = {"request_id": REQUEST, "length": 4, "head": ROWS[-1].hash, "stated_at": SIGNED_AT}
    token = Notary(PRIVATE, ORGANISATION).sign_ending(Ending.model_validate(ours | ending))
    verdict = check_record(verify(WHOLE), PROOF.model_copy(update={"ending": token}), keys())
    assert any(says in problem for problem in verdict.problems), verdict.problems


def instead(event: Any, **text: str) -> bytes:
    """With this in place of 科研部's seal."""
    return put(put(sealed_by(FIRST), event, **text), NUMBERED)


FOREIGN = agreed(APPROVING, "科研部", "", key=OTHER_PRIVATE)


@pytest.mark.parametrize(
    ("pdf", "says"),
    [
        (lambda: sealed_by(FIRST, NUMBERED), "第 3 条（科研部）的签章不在审批表上"),
        (lambda: sealed_by(FIRST, SECOND), "第 4 条（编号）的签章不在审批表上"),
        (lambda: instead(SECOND, text="不同意。"), "签名 2（科研部）的文字与处理记录中的意见不符"),
        (lambda: instead(FOREIGN), "签名 2（科研部）的用印指令不是由所给公钥签署的"),
        (
            lambda: instead(agreed(APPROVING, "科研部", "", request_id=uuid4())),
            "签名 2（科研部）的用印指令属于另一件申请",
        ),
        (
            lambda: instead(agreed(APPROVING, "科研部", "", task_id=uuid4())),
            "签名 2（科研部）的用印指令在处理记录中没有对应的决定",
        ),
        (
            lambda: instead(agreed(APPROVING, "科研部", "", revision=2)),
            "各签名的用印指令不属于同一次提交",
        ),
        (
            lambda: put(sealed_by(FIRST, NUMBERED), _with(SECOND, FIRST.seal_order)),
            "签名 3（科研部）与其用印指令的部门、位置不符",
        ),
        (
            lambda: put(sealed_by(FIRST, NUMBERED), _with(SECOND, None)),
            "签名 3（科研部）没有带用印指令",
        ),
        (
            lambda: put(sealed_by(FIRST, NUMBERED), _later(SECOND)),
            "签名 3（科研部）与其用印指令的时间不符",
        ),
        (
            lambda: put(sealed_by(FIRST, NUMBERED), _elsewhere(SECOND)),
            "签名 3（科研部）与其用印指令的位置不符",
        ),
    ],
)
def test_a_signature_that_the_record_did_not_order_is_named(
    pdf: Callable[[], bytes], says: str
) -> None:
    found = problems(pdf())
    assert any(says in problem for problem in found), found


def _with(event: Any, order: str | None) -> Any:
    return event.model_copy(update={"seal_order": order})


def _later(event: Any) -> Any:
    return event.model_copy(update={"decided_at": SIGNED_AT.replace(year=2027)})


def _elsewhere(event: Any) -> Any:
    return event.model_copy(update={"place": "legal_counsel"})


def test_an_order_for_other_words_is_for_no_decision_of_the_record() -> None:
    other = ordered(SECOND.model_copy(update={"opinion": "同意，加急。", "seal_order": None}))
    found = problems(instead(other))
    assert "签名 2（科研部）的用印指令在处理记录中没有对应的决定" in found


def test_one_decision_seals_once() -> None:
    """A second unit's key cannot seal by the same order, nor the same unit twice."""
    twice = put(WHOLE, SECOND.model_copy(update={"place": "legal_counsel"}))
    assert any("位置不符" in problem for problem in problems(twice))
    other = put(sealed_by(FIRST, NUMBERED), SECOND.model_copy(update={"unit": unit("财务部")}))
    assert any("部门不符" in problem for problem in problems(other))


def test_a_sheet_from_before_there_were_orders_is_sound_and_fits_no_record() -> None:
    old = sealed(sheet(), "applying_unit", "计算机学院")
    assert any("没有带用印指令" in problem for problem in problems(old))


@pytest.mark.parametrize(
    ("more", "said", "counts"),
    [
        ([row("completed")], "已办结", True),
        ([row("voided", opinion="合同未签")], "已作废", False),
        ([row("completed"), row("void_proposed")], "已办结", True),
        ([row("withdrawn")], "已撤销，这份审批表作废", False),
        ([row("decided", verdict="return")], "已退回，这份审批表作废", False),
        (
            [row("decided", verdict="return"), row("submitted", revision=2)],
            "已重新提交（第 2 次），这份审批表作废",
            False,
        ),
    ],
)
def test_what_became_of_the_request_is_told(more: list[Any], said: str, *, counts: bool) -> None:
    told = check_record(verify(WHOLE), proof_of([*rows_of(*EVENTS), *more]), keys())
    assert told.problems == ()
    assert told.standing is not None
    assert (told.standing.said, told.standing.counts) == (said, counts)


@pytest.mark.parametrize("text", [b"", b"{}", b'{"format": "x"}', b"\xff"])
def test_what_is_no_proof_is_named_so(text: bytes) -> None:
    with pytest.raises(NoProof):
        read_proof(text)
    with pytest.raises(NoProof):
        read_proof(PROOF.model_copy(update={"rows": ()}).model_dump_json().encode())
    with pytest.raises(NoProof):
        read_proof(changed(PROOF, 1, entry={"kind": "x"}).model_dump_json().encode())


def test_only_ed25519_keys_are_taken(tmp_path: Path) -> None:
    key = authority().certificate.public_key()
    file = tmp_path / "key.pem"
    file.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(ValueError, match="not Ed25519"):
        RecordKeys(file)


# ---- The command ---------------------------------------------------------------------------------

VOIDED = proof_of([*rows_of(*EVENTS), row("voided")]).model_dump_json().encode()
WITHDRAWN = proof_of([*rows_of(*EVENTS), row("withdrawn")]).model_dump_json().encode()


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        ({}, 0, "结论：有效 —— 文件与盖章时一致，并与处理记录相符"),
        ({"key.pem": OTHER_PUBLIC.read_bytes()}, 1, "结论：无效 —— 签章与处理记录不符"),
        ({"sheet.pdf": sealed_by(FIRST)}, 1, "处理记录：处理记录第 3 条"),
        ({"proof.json": VOIDED}, 3, "结论：文件与盖章时一致，但已不能使用"),
        ({"proof.json": WITHDRAWN}, 3, "申请状态：已撤销，这份审批表作废"),
        ({"proof.json": VOIDED, "sheet.pdf": sealed_by(FIRST)}, 1, "结论：无效"),
        ({"proof.json": VOIDED, "key.pem": OTHER_PUBLIC.read_bytes()}, 1, "结论：无效"),
        ({"proof.json": b"{}"}, 2, "不是处理记录证明"),
        ({"key.pem": b"x"}, 2, "不是 PEM 公钥"),
        ({"sheet.pdf": WHOLE[:-9]}, 2, "无法验证"),
    ],
)
def test_the_command_holds_the_sheet_to_the_record(
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: dict[str, bytes],
    code: int,
    says: str,
) -> None:
    given = {
        "sheet.pdf": WHOLE,
        "proof.json": PROOF.model_dump_json().encode(),
        "key.pem": PUBLIC.read_bytes(),
    }
    for name, content in (given | files).items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    asked = ["sheet.pdf", "--record", "proof.json", "--record-key", "key.pem"]
    assert verify_sheet.main(asked) == code
    assert says in capsys.readouterr().out


def test_scripts_are_told_what_the_exit_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verify_sheet.main(["--help"])
    said = capsys.readouterr().out.splitlines()
    for code in range(4):
        assert any(line.startswith(f"  {code}  ") for line in said)


def test_the_record_and_its_key_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verify_sheet.main(["sheet.pdf", "--record", "proof.json"])
    assert "go together" in capsys.readouterr().err
