"""Whether a sheet's file is as it was sealed, told from the file alone. Pure.

Each signature is checked against the bytes it covers, each certificate against its issuer up to a
root, and every later part of the file against what may be added to a sheet at all: signatures with
their appearance, and what proves them later (ISO 32000-2, 12.8; ETSI EN 319 142-1). Nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from document_svc.cms_reading import Signer, checked, enclosed
from document_svc.der import BadSignature
from document_svc.levels import Level, issued, level_of, require_stamp_from
from document_svc.proofs import Proofs, proofs_in
from document_svc.stamp_reading import Stamp, checked_stamp

_BROKEN = "时间戳无法读取"
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError)


class NoSheet(ValueError):
    """The file is no PDF with signatures; the message says why."""


@dataclass(frozen=True)
class CheckedSignature:
    """`problems` is empty for a good one. `end`: how far into the file it covers.

    `at`: the time that it gives itself; `stamped_at`: the one that `stamper` gives it.
    `unit_id`: as the certificate has it; `text`: what it says it is for (Reason).
    `order`: the order to seal as it lies in the signature, which covers it; nobody has checked
    whose it is. Sheets from before there were such entries have none.
    """

    field: str
    unit: str
    unit_id: str | None
    text: str
    order: str | None
    at: datetime | None
    end: int
    root: str | None  # SHA-256 of the root certificate it leads to
    level: Level
    stamped_at: datetime | None
    stamper: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    sha256: str
    signatures: tuple[CheckedSignature, ...]  # in the order they were made
    changes: tuple[str, ...]  # what was done to the file that may not be done

    @property
    def sound(self) -> bool:
        return not self.changes and not any(each.problems for each in self.signatures)


@dataclass(frozen=True)
class Trusted:
    """The roots that count, of the seals and of the time stamps; None: those that come along."""

    root: x509.Certificate | None = None
    stamp_root: x509.Certificate | None = None


def verify(
    data: bytes,
    *,
    root: x509.Certificate | None = None,
    stamp_root: x509.Certificate | None = None,
) -> Verdict:
    """`root`: the one that counts; without it, the one that all signatures bring.

    `stamp_root`: the same of the time stamps, which may each have one of their own.

    Raises: NoSheet.
    """
    try:
        with pikepdf.open(BytesIO(data), attempt_recovery=False) as pdf:
            fields = [(str(field.T), field.V) for field in _signed_fields(pdf)]
            proofs = proofs_in(pdf)
            trusted = Trusted(root, stamp_root)
            signatures = sorted(
                (_signature(data, name, value, trusted, proofs) for name, value in fields),
                key=lambda each: each.end,
            )
    except (pikepdf.PdfError, *_MALFORMED) as error:
        raise NoSheet("不是完好的 PDF 文件") from error
    if not signatures:
        raise NoSheet("文件中没有数字签名")
    changes = [*_changes(data, [each.end for each in signatures])]
    if len({each.root for each in signatures}) > 1:
        changes.append("各签名的证书不属于同一个颁发机构")
    return Verdict(sha256(data).hexdigest(), tuple(signatures), tuple(changes))


def certificates(data: bytes) -> list[x509.Certificate]:
    """Every certificate that came with the sheet's signatures. Raises: NoSheet, BadSignature."""
    found: dict[str, x509.Certificate] = {}
    with pikepdf.open(BytesIO(data), attempt_recovery=False) as pdf:
        for field in _signed_fields(pdf):
            for certificate in enclosed(bytes(field.V.Contents)):
                found.setdefault(fingerprint(certificate), certificate)
    return list(found.values())


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


def _signed_fields(pdf: pikepdf.Pdf) -> Iterator[Any]:
    form = pdf.Root.get("/AcroForm")
    for field in form.Fields if form is not None else ():
        if field.get("/FT") == "/Sig" and "/V" in field:
            yield field


# ---- One signature -------------------------------------------------------------------------------


def _signature(
    data: bytes, field: str, value: Any, trusted: Trusted, proofs: Proofs
) -> CheckedSignature:
    at = _moment(str(value.get("/M", "")))
    start, before, after, rest = (int(number) for number in value.ByteRange)
    end = after + rest
    problems: list[str] = []
    unit, unit_id, anchor, level = str(value.get("/Name", "")), None, None, Level.PLAIN
    stamp: Stamp | None = None
    try:
        digest = _covered(data, start, before, after, rest)
        contents = bytes(value.Contents)
        if not _is_gap(data[before:after], contents):
            raise BadSignature("签名的位置不符")
        signer = checked(contents, digest)
        unit = named(signer.certificate, NameOID.COMMON_NAME) or unit
        unit_id = named(signer.certificate, NameOID.SERIAL_NUMBER) or None
        stamp = _stamp(signer, trusted, proofs)
        chain = chain_to_root(signer, trusted.root, stamp.at if stamp else at)
        anchor = fingerprint(chain[-1])
        level = level_of(chain, stamp, at, proofs)
    except BadSignature as error:
        problems.append(str(error))
    return CheckedSignature(
        field=field,
        unit=unit,
        unit_id=unit_id,
        text=str(value.get("/Reason", "")),
        order=str(value.SealOrder) if "/SealOrder" in value else None,
        at=at,
        end=end,
        root=anchor,
        level=level,
        stamped_at=stamp.at if stamp else None,
        stamper=named(stamp.certificate, NameOID.COMMON_NAME) if stamp else None,
        problems=tuple(problems),
    )


def _stamp(signer: Signer, trusted: Trusted, proofs: Proofs) -> Stamp | None:
    """Raises: BadSignature."""
    if signer.stamp is None:
        return None
    try:
        stamp = checked_stamp(signer.stamp, signer.value)
    except (LookupError, ValueError, TypeError) as error:
        raise BadSignature(str(error) if isinstance(error, BadSignature) else _BROKEN) from error
    if trusted.stamp_root is not None:
        require_stamp_from(trusted.stamp_root, stamp, proofs)
    return stamp


def _covered(data: bytes, start: int, before: int, after: int, rest: int) -> bytes:
    """The digest of everything but the signature itself. Raises: BadSignature."""
    if start != 0 or not 0 < before < after <= after + rest <= len(data):
        raise BadSignature("签名没有覆盖文件的全部内容")
    return sha256(data[:before] + data[after : after + rest]).digest()


def _is_gap(between: bytes, contents: bytes) -> bool:
    """Between the two covered parts stands the signature, in hexadecimal, and nothing else."""
    if len(between) != 2 * len(contents) + 2 or (between[:1], between[-1:]) != (b"<", b">"):
        return False
    try:
        return bytes.fromhex(between[1:-1].decode("ascii")) == contents
    except ValueError:
        return False


def _moment(written: str) -> datetime | None:
    """What the signature says of its time: `D:YYYYMMDDHHMMSSZ`."""
    try:
        return datetime.strptime(written[2:16], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def named(certificate: x509.Certificate, what: x509.ObjectIdentifier) -> str:
    names = certificate.subject.get_attributes_for_oid(what)
    return str(names[0].value) if names else ""


def chain_to_root(
    signer: Signer, wanted: x509.Certificate | None, at: datetime | None
) -> list[x509.Certificate]:
    """Follows the issuers up. Returns: from the signer's to the root. Raises: BadSignature."""
    now = datetime.now(UTC)
    at = at or now
    known = [*signer.others, *([wanted] if wanted is not None else [])]
    current, chain = signer.certificate, [signer.certificate]
    while True:
        # What was decided before a certificate was issued may be sealed with it afterwards.
        if current.not_valid_before_utc > now or at > current.not_valid_after_utc:
            raise BadSignature("签名时证书不在有效期内")
        if current.subject == current.issuer:
            break
        issuer = next((each for each in known if issued(each, current)), None)
        if issuer is None or issuer in chain:
            raise BadSignature("证书的颁发机构不明")
        current = issuer
        chain.append(issuer)
    if any(each not in chain for each in signer.others):
        raise BadSignature("签名夹带了不相干的证书")
    if not issued(current, current) or current == signer.certificate:
        raise BadSignature("证书不是由颁发机构签发的")
    if wanted is not None and current != wanted:
        raise BadSignature("证书不是由所给的根证书签发的")
    return chain


# ---- What was added, part by part ----------------------------------------------------------------


def _changes(data: bytes, ends: Sequence[int]) -> Iterator[str]:
    """What parts of the file after its first signature did that they may not do."""
    steps = [*dict.fromkeys(ends), len(data)]
    for number, (before, after) in enumerate(pairwise(steps), start=1):
        where = f"第 {number} 个签名之后"
        if before == after or not data[before:after].strip():
            continue
        try:
            with (
                pikepdf.open(BytesIO(data[:before]), attempt_recovery=False) as old,
                pikepdf.open(BytesIO(data[:after]), attempt_recovery=False) as new,
            ):
                for change in _forbidden(old, new):
                    yield f"{where}{change}"
                if after == len(data) and after not in ends and not _only_proofs(old, new):
                    yield f"{where}追加了 {after - before} 字节未签名的内容"
        except (pikepdf.PdfError, *_MALFORMED):
            yield f"{where}追加了无法读取的内容"


def _forbidden(old: pikepdf.Pdf, new: pikepdf.Pdf) -> Iterator[str]:
    """Existing objects that are not as they were, but for what a signature has to touch."""
    touchable = _touchable(old)
    if old.trailer.Root.objgen != new.trailer.Root.objgen:
        yield "换了整份文档"
        return
    for thing in old.objects:
        number, generation = thing.objgen
        now = new.get_object(number, generation)
        if _same(thing, now):
            continue
        allowed = touchable.get(number)
        if allowed is None or not allowed(thing, now):
            yield f"改动了原有内容（对象 {number}）"


def _touchable(old: pikepdf.Pdf) -> dict[int, Any]:
    """What adding a signature changes, by object number, each with what may be done to it."""
    result: dict[int, Any] = {old.Root.objgen[0]: _grew_by_proofs}
    form = old.Root.get("/AcroForm")
    if form is not None:
        if form.is_indirect:
            result[form.objgen[0]] = _form_grew
        if form.Fields.is_indirect:
            result[form.Fields.objgen[0]] = _array_grew
        for field in form.Fields:
            if field.get("/FT") == "/Sig" and "/V" not in field:
                result[field.objgen[0]] = _was_signed
    for page in old.pages:
        annotations = page.obj.get("/Annots")
        if annotations is not None and annotations.is_indirect:
            result[annotations.objgen[0]] = _array_grew
    proofs = old.Root.get("/DSS")
    if proofs is not None and proofs.is_indirect:
        result[proofs.objgen[0]] = lambda _old, _new: True
    return result


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, pikepdf.Stream):
        return (
            isinstance(new, pikepdf.Stream)
            and old.stream_dict.unparse() == new.stream_dict.unparse()
            and old.read_raw_bytes() == new.read_raw_bytes()
        )
    if isinstance(new, pikepdf.Stream):
        return False
    return bool(old.unparse(resolved=True) == new.unparse(resolved=True))


def _text(value: Any) -> object:
    """As it is written; a number, which pikepdf makes Python's own, as itself."""
    return value.unparse() if isinstance(value, pikepdf.Object) else value


def _was_signed(old: Any, new: Any) -> bool:
    """An empty signature field that now has a value and an appearance, and is else the same."""
    keys = set(new.keys()) - {"/V", "/AP"}
    return keys == set(old.keys()) - {"/AP"} and all(
        _text(new[key]) == _text(old[key]) for key in keys
    )


def _array_grew(old: Any, new: Any) -> bool:
    before, now = [_text(each) for each in old], [_text(each) for each in new]
    return now[: len(before)] == before and all(_is_signature(each) for each in new[len(before) :])


def _is_signature(field: Any) -> bool:
    return str(field.get("/FT")) == "/Sig" and str(field.get("/Subtype", "/Widget")) == "/Widget"


def _form_grew(old: Any, new: Any) -> bool:
    return all(
        key in old and _text(new[key]) == _text(old[key])
        for key in new.keys()  # noqa: SIM118 - a pikepdf object, not a dict
        if key not in {"/Fields", "/SigFlags"}
    ) and _array_grew(old.Fields, new.Fields)


def _grew_by_proofs(old: Any, new: Any) -> bool:
    """The catalogue: only the store of proofs, and the form when it stands inside."""
    ignored = {"/DSS", "/Extensions"}
    form = old.get("/AcroForm")
    inside = form is not None and not form.is_indirect
    if inside and not _form_grew(form, new.AcroForm):
        return False
    keys = (set(old.keys()) | set(new.keys())) - ignored - ({"/AcroForm"} if inside else set())
    return all(key in old and key in new and _text(old[key]) == _text(new[key]) for key in keys)


def _only_proofs(old: pikepdf.Pdf, new: pikepdf.Pdf) -> bool:
    """Whether all that came is what lets the signatures be proved later."""
    if "/DSS" not in new.Root:
        return False
    before = {each.objgen for each in old.objects}
    changed = [each for each in new.objects if each.objgen not in before]
    proofs = _reached(new.Root.DSS)
    return all(each.objgen in proofs for each in changed)


def _reached(start: Any) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if each.is_indirect:
            if each.objgen in found:
                continue
            found.add(each.objgen)
        if isinstance(each, pikepdf.Array):
            waiting += list(each)
        elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            waiting += [value for _, value in each.items() if isinstance(value, pikepdf.Object)]
    return found
