"""`python -m document_svc verify-sheet FILE`: the offline check of a sheet; it needs no service.

Exit code 0: as it was sealed. 1: changed, or not sealed by whom it should be. 2: cannot be read.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography import x509

from document_svc import archive_verifier
from document_svc.sheet_verifier import CheckedSignature, NoSheet, Verdict, fingerprint, verify

SOUND, UNSOUND, UNREADABLE = 0, 1, 2
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("python -m document_svc verify-sheet", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--root", type=Path, help="the root certificate that counts, PEM")
    parser.add_argument("--tsa-root", type=Path, help="the same of the time stamps, PEM")
    parser.add_argument("--sha256", help="the digest that the verification page or a record shows")
    parser.add_argument("--archive", type=Path, help="the archive package that should hold it, ZIP")
    chosen = parser.parse_args(arguments)
    try:
        root = _certificate(chosen.root)
        stamp_root = _certificate(chosen.tsa_root)
        verdict = verify(chosen.file.read_bytes(), root=root, stamp_root=stamp_root)
    except OSError as error:
        return _say(UNREADABLE, f"无法读取：{error.filename}")
    except NoSheet as error:
        return _say(UNREADABLE, f"无法验证：{error}")
    for line in _lines(verdict, root):
        _say(SOUND, line)
    if chosen.sha256 and chosen.sha256.lower() != verdict.sha256:
        return _say(UNSOUND, "结论：不是所给摘要的文件（可能是较早的版本，或另一份文件）")
    if chosen.archive is not None and (missing := _not_in(chosen.archive, verdict.sha256)):
        return _say(UNSOUND, f"结论：{missing}")
    if not verdict.sound:
        return _say(UNSOUND, "结论：无效 —— 文件被改动，或签名不可信")
    return _say(SOUND, "结论：有效 —— 文件与盖章时一致")


def _not_in(package: Path, sha256: str) -> str:
    """Why the sheet has no place in this archive; empty when it has one."""
    try:
        with zipfile.ZipFile(package) as archive:
            names = archive.namelist()
            problems = archive_verifier.check(archive.read, names)
            manifest = json.loads(archive.read("manifest.json"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, archive_verifier.Unreadable):
        return "归档包无法读取"
    if problems:
        return "归档包已被改动或不完整"
    sheets = {each["sha256"] for each in manifest["files"] if each["role"] == "sheet"}
    return "" if sha256 in sheets else "归档包中没有这份审批表"


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
    at = f"{signature.at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M:%S}" if signature.at else "时间不明"
    state = "；".join(signature.problems) or "签名有效"
    line = f"签名 {number}　{signature.unit}　{at}　{state}　PAdES {signature.level}"
    if signature.stamped_at is None:
        return line
    stamped = f"{signature.stamped_at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return f"{line}　时间戳 {stamped}（{signature.stamper}）"


def _say(code: int, line: str) -> int:
    sys.stdout.write(line + "\n")
    return code
