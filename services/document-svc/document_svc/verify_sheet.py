"""`python -m document_svc verify-sheet FILE`: the offline check of a sheet; it needs no service.

Exit status:
  0  as it was sealed; with --record also: it is what the record ordered, and it counts
  1  changed, not sealed by whom it should be, or not what the record ordered
  2  cannot be read, or was asked for wrongly
  3  genuine, but it counts no more: returned, withdrawn, replaced or voided (--record alone knows)

What became of a sheet stands in the record and not in the file: without --record, 0 says nothing of
a later 作废.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography import x509

from document_svc import archive_verifier
from document_svc.archive_seal import checked_seal
from document_svc.der import BadSignature
from document_svc.record_checker import RecordVerdict, check_record
from document_svc.sheet_verifier import CheckedSignature, NoSheet, Verdict, fingerprint, verify
from shared.record.proof import NoProof, RecordKeys, read_proof

SOUND, UNSOUND, UNREADABLE, VOID = 0, 1, 2, 3  # scripts go by these
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "python -m document_svc verify-sheet",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--root", type=Path, help="the root certificate that counts, PEM")
    parser.add_argument("--tsa-root", type=Path, help="the same of the time stamps, PEM")
    parser.add_argument("--sha256", help="the digest that the verification page or a record shows")
    parser.add_argument("--archive", type=Path, help="the archive package that should hold it, ZIP")
    parser.add_argument("--record", type=Path, help="the proof of the request's record, JSON")
    parser.add_argument("--record-key", type=Path, help="the public key of the record, PEM")
    chosen = parser.parse_args(arguments)
    if (chosen.record is None) != (chosen.record_key is None):
        parser.error("--record and --record-key go together")
    try:
        root = _certificate(chosen.root)
        stamp_root = _certificate(chosen.tsa_root)
        verdict = verify(chosen.file.read_bytes(), root=root, stamp_root=stamp_root)
        told = _record(chosen.record, chosen.record_key, verdict)
    except OSError as error:
        return _say(UNREADABLE, f"无法读取：{error.filename}")
    except (NoSheet, NoProof) as error:
        return _say(UNREADABLE, f"无法验证：{error}")
    for line in _lines(verdict, root):
        _say(SOUND, line)
    if chosen.sha256 and chosen.sha256.lower() != verdict.sha256:
        return _say(UNSOUND, "结论：不是所给摘要的文件（可能是较早的版本，或另一份文件）")
    if chosen.archive is not None and (missing := _not_in(chosen.archive, verdict, root)):
        return _say(UNSOUND, f"结论：{missing}")
    if not verdict.sound:
        return _say(UNSOUND, "结论：无效 —— 文件被改动，或签名不可信")
    return _conclusion(told)


def _record(proof: Path | None, key: Path | None, verdict: Verdict) -> RecordVerdict | None:
    """Raises: OSError, NoProof."""
    if proof is None or key is None:
        return None
    text = proof.read_bytes()
    try:
        keys = RecordKeys(key)
    except ValueError as error:
        raise NoProof(f"{key} 不是 PEM 公钥") from error
    return check_record(verdict, read_proof(text), keys)


def _conclusion(told: RecordVerdict | None) -> int:
    """Of a sheet that is sound in itself."""
    if told is None:
        _say(SOUND, "申请状态：未知（没有给出处理记录，不能得知是否已作废）")
        return _say(SOUND, "结论：有效 —— 文件与盖章时一致")
    for problem in told.problems:
        _say(UNSOUND, f"处理记录：{problem}")
    standing = told.standing
    if told.problems or standing is None:
        return _say(UNSOUND, "结论：无效 —— 签章与处理记录不符，或处理记录不可信")
    at = _shown(standing.stated_at)
    _say(SOUND, f"处理记录：截至 {at} 共 {standing.rows} 条，都在日志中；签章与决定一一对应")
    _say(SOUND, f"申请状态：{standing.said}")
    if not standing.counts:
        return _say(VOID, "结论：文件与盖章时一致，但已不能使用（见申请状态）")
    return _say(SOUND, "结论：有效 —— 文件与盖章时一致，并与处理记录相符")


def _not_in(package: Path, verdict: Verdict, root: x509.Certificate | None) -> str:
    """Why the sheet has no place in this archive; empty when it has one."""
    try:
        with zipfile.ZipFile(package) as archive:
            problems = archive_verifier.check(archive.read, archive.namelist())
            manifest = json.loads(archive.read("manifest.json"))
            if not problems:
                seal = checked_seal(archive.read, root=root)
    except BadSignature as error:
        return f"归档清单的签名不可信：{error}"
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, archive_verifier.Unreadable):
        return "归档包无法读取"
    if problems:
        return "归档包已被改动或不完整"
    if verdict.sha256 not in {each["sha256"] for each in manifest["files"] if _is_sheet(each)}:
        return "归档包中没有这份审批表"
    if seal.root not in {each.root for each in verdict.signatures}:
        return "归档清单与审批表的签名不属于同一个颁发机构"
    stamped = f"，时间戳 {_shown(seal.stamped_at)}" if seal.stamped_at else ""
    _say(SOUND, f"归档清单：由 {seal.signer} 签署{stamped}")
    return ""


def _is_sheet(file: dict[str, str]) -> bool:
    return file["role"] == "sheet"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(_SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _certificate(path: Path | None) -> x509.Certificate | None:
    """Raises: NoSheet when it is none."""
    if path is None:
        return None
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise NoSheet(f"{path} 不是 PEM 证书") from error


def _lines(verdict: Verdict, root: x509.Certificate | None) -> list[str]:
    lines = [f"文件摘要 SHA-256：{verdict.sha256}"]
    lines += [_line(number, each) for number, each in enumerate(verdict.signatures, start=1)]
    lines += [f"改动：{change}" for change in verdict.changes]
    roots = sorted({each.root for each in verdict.signatures if each.root})
    if root is not None:
        lines.append(f"根证书 SHA-256：{fingerprint(root)}（所给）")
    elif roots:
        lines.append(f"根证书 SHA-256：{roots[0]}（随文件，请与单位公布的核对）")
    return lines


def _line(number: int, signature: CheckedSignature) -> str:
    at = _shown(signature.at) if signature.at else "时间不明"
    state = "；".join(signature.problems) or "签名有效"
    line = f"签名 {number}　{signature.unit}　{at}　{state}　PAdES {signature.level}"
    if signature.stamped_at is None:
        return line
    return f"{line}　时间戳 {_shown(signature.stamped_at)}（{signature.stamper}）"


def _say(code: int, line: str) -> int:
    sys.stdout.write(line + "\n")
    return code
