#!/usr/bin/env python3
"""Checks an archive package of a request: every file, every digest, what each signature covers.

Whose signatures they are, this cannot tell: that takes more than the standard library. openssl can,
of the manifest (README.txt says how), and PDF readers, of the sheets.

Standard library only, so that it runs wherever Python 3.8 or newer does, also in many years. It is
part of every package: `python3 PACKAGE.zip` runs it on the package itself; `python3 verify.py PATH`
on a package or on the folder it was unpacked to. Exit code 0: whole; 1: not; 2: cannot be read.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any, Callable  # noqa: UP035 - also for Python 3.8

FORMAT = "sealflow-archive/2"
OWN = ("manifest.json", "manifest.p7s", "manifest.sha256")  # what the manifest does not list
_RANGES = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
# messageDigest (1.2.840.113549.1.9.4), a SET of one OCTET STRING of 32 bytes.
_DIGEST_HEAD = bytes.fromhex("06092a864886f70d010904") + bytes.fromhex("31220420")


class Unreadable(Exception):
    pass


def main(arguments: list[str]) -> int:
    path = Path(arguments[0] if arguments else ".")
    try:
        read, names, problems = _opened(path)
        problems += check(read, names)
    except (Unreadable, OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        sys.stdout.write(f"无法读取：{error}\n")
        return 2
    for problem in problems:
        sys.stdout.write(f"不符：{problem}\n")
    if problems:
        sys.stdout.write("结论：归档包已被改动或不完整\n")
        return 1
    manifest = json.loads(read("manifest.json"))
    sys.stdout.write(f"编号 {manifest['number']}，共 {len(manifest['files'])} 个文件\n")
    sys.stdout.write(f"清单摘要 SHA-256：{_sha256(read('manifest.json'))}\n")
    sys.stdout.write("结论：归档包完整，与归档时一致\n")
    return 0


def check(read: Callable[[str], bytes], names: list[str]) -> list[str]:
    """What is wrong; empty when all is as it was filed."""
    missing = [name for name in OWN if name not in names]
    if missing:
        return [f"缺少文件 {name}" for name in missing]
    raw, signature = read("manifest.json"), read("manifest.p7s")
    if read("manifest.sha256") != sums(raw, signature):
        return ["清单 manifest.json、其签名与其摘要"]
    manifest: dict[str, Any] = json.loads(raw)
    if manifest.get("format") != FORMAT:
        raise Unreadable("不是本系统的归档包")
    if _digest_in(signature) != hashlib.sha256(raw).digest():
        return ["清单 manifest.json 与其签名"]
    listed = {each["path"]: each for each in manifest["files"]}
    problems = [f"多出文件 {name}" for name in sorted(set(names) - listed.keys() - set(OWN))]
    for path, each in listed.items():
        if path not in names:
            problems.append(f"缺少文件 {path}")
            continue
        content = read(path)
        if len(content) != each["bytes"] or _sha256(content) != each["sha256"]:
            problems.append(f"文件 {path}")
        elif each["role"] == "sheet":
            problems += [f"{path}：{problem}" for problem in sheet_problems(content)]
    if not problems:
        problems += _ledger_problems(json.loads(read("ledger.json")))
    return problems


def sums(manifest: bytes, signature: bytes) -> bytes:
    """manifest.sha256, as sha256sum reads it."""
    return f"{_sha256(manifest)}  manifest.json\n{_sha256(signature)}  manifest.p7s\n".encode()


def sheet_problems(pdf: bytes) -> list[str]:
    """Whether each signature's digest is that of the bytes that it covers, and the last covers all.

    Whose signature it is, this cannot tell: a PDF reader can, and so can `verify-sheet`.
    """
    problems: list[str] = []
    ends = [0]
    for number, found in enumerate(_RANGES.finditer(pdf), start=1):
        start, before, after, rest = (int(each) for each in found.groups())
        ends.append(after + rest)
        covered = pdf[start : start + before] + pdf[after : after + rest]
        try:
            signature = bytes.fromhex(pdf[before + 1 : after - 1].decode("ascii"))
        except ValueError:
            signature = b""
        if start != 0 or _digest_in(signature) != hashlib.sha256(covered).digest():
            problems.append(f"第 {number} 个签名与内容不符")
    if max(ends) != len(pdf):
        problems.append("最后一个签名之后有内容，或没有签名")
    return problems


def _digest_in(signature: bytes) -> bytes:
    """What a CMS signature says that it is over."""
    at = signature.find(_DIGEST_HEAD) + len(_DIGEST_HEAD)
    return signature[at : at + 32]


def _ledger_problems(entries: list[dict[str, Any]]) -> list[str]:
    problems = []
    for entry in entries:
        bound = {name: value for name, value in entry.items() if name != "hash"}
        text = json.dumps(bound, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        if _sha256(text.encode()) != entry["hash"]:
            problems.append(f"用印登记簿第 {entry['sequence']} 条")
    return problems


def _opened(path: Path) -> tuple[Callable[[str], bytes], list[str], list[str]]:
    """How to read a file of the package, the names of all, and what is wrong with the package."""
    if path.is_dir():
        names = [
            str(each.relative_to(path).as_posix()) for each in path.rglob("*") if each.is_file()
        ]
        kept = [name for name in names if "__pycache__" not in name]
        return (lambda name: (path / name).read_bytes()), kept, []
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        told = archive.comment.decode("ascii", "replace")
        contents = {each.filename: archive.read(each) for each in archive.infolist()}
    whole = _sha256(data[: len(data) - len(told)])
    problems = [] if told == f"sha256:{whole}" else ["归档包整体的摘要"]
    return contents.__getitem__, list(contents), problems


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
