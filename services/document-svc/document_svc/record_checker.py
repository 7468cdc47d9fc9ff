"""Whether a sheet's signatures are those of the record: each by an order that workflow-svc signed,
each order for one decision of the record, each such decision with its signature. Pure.

The signatures themselves are `sheet_verifier`'s, the record's own proof is `shared/record/proof`'s.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from document_svc.domain import shown_number, shown_opinion
from document_svc.fields import NUMBER
from document_svc.sheet_verifier import CheckedSignature, Verdict
from shared.contracts.workflow import OpinionPlace
from shared.record.proof import RecordKeys, RecordProof, problems_of
from shared.seal_order import NotOurOrder, SealOrder

Row = Mapping[str, Any]

_AGREEING = ("decided", "carried_over")


@dataclass(frozen=True)
class Standing:
    """What became of the request, as the record tells. `counts`: whether the sheet still does."""

    stated_at: datetime
    rows: int
    said: str
    counts: bool


@dataclass(frozen=True)
class RecordVerdict:
    """`standing` is None when the record cannot be relied on."""

    problems: tuple[str, ...]
    standing: Standing | None


def check_record(verdict: Verdict, proof: RecordProof, keys: RecordKeys) -> RecordVerdict:
    wrong = tuple(problems_of(proof, keys))
    if wrong:
        return RecordVerdict(wrong, None)
    rows = [row.entry for row in proof.rows]
    problems: list[str] = []
    used: dict[int, int] = {}  # which signature a row belongs to, by its sequence
    revisions: set[int] = set()
    for number, signature in enumerate(verdict.signatures, start=1):
        try:
            order = _order(signature, keys)
            revisions.add(order.revision)
            row = _row(signature, order, proof, rows)
            if (other := used.setdefault(row["sequence"], number)) != number:
                raise _Unfounded(f"与签名 {other} 出自同一个决定")
        except _Unfounded as error:
            problems.append(f"签名 {number}（{signature.unit}）{error}")
    if len(revisions) > 1:
        problems.append("各签名的用印指令不属于同一次提交")
    for revision in sorted(revisions):
        problems += _missing(rows, revision, used)
    standing = _standing(keys.ending(proof.ending).stated_at, rows, max(revisions, default=0))
    return RecordVerdict(tuple(problems), standing)


class _Unfounded(Exception):
    """A signature for which the record has no decision; says why."""


def _order(signature: CheckedSignature, keys: RecordKeys) -> SealOrder:
    """Raises: _Unfounded."""
    if signature.order is None:
        raise _Unfounded("没有带用印指令")
    try:
        return keys.orders.order(signature.order)
    except NotOurOrder as error:
        raise _Unfounded("的用印指令不是由所给公钥签署的") from error


def _row(
    signature: CheckedSignature, order: SealOrder, proof: RecordProof, rows: Sequence[Row]
) -> Row:
    """The row that the signature was ordered by. Raises: _Unfounded."""
    if order.request_id != proof.request_id:
        raise _Unfounded("的用印指令属于另一件申请")
    differing = [
        name
        for name, fits in (
            ("部门", signature.unit_id == str(order.unit_id)),
            ("位置", _place(signature.field) == (order.place or NUMBER)),
            ("时间", signature.at == order.decided_at.replace(microsecond=0)),
        )
        if not fits
    ]
    if differing:
        raise _Unfounded(f"与其用印指令的{'、'.join(differing)}不符")
    found = [row for row in rows if _ordered(order, row)]
    if len(found) != 1:
        raise _Unfounded("的用印指令在处理记录中没有对应的决定")
    if signature.text != _text(found[0]):
        raise _Unfounded("的文字与处理记录中的意见不符")
    return found[0]


def _place(field: str) -> str:
    return OpinionPlace.COUNTERSIGN.value if field.startswith("countersign-") else field


def _ordered(order: SealOrder, row: Row) -> bool:
    """Whether the order is for what this row tells."""
    same = (
        row["revision"] == order.revision
        and row["submission_sha256"] == order.submission_sha256
        and row["actor_id"] == str(order.signer_id)
        and datetime.fromisoformat(row["at"]) == order.decided_at
    )
    if order.task_id is None:
        return bool(
            same and row["kind"] == "approved" and _is_of(order, str(row["detail"].get("number")))
        )
    return bool(
        same
        and _seals(row)
        and (row["task_id"], row["detail"]["place"]) == (str(order.task_id), order.place)
        and _is_of(order, row["opinion"] or "")
    )


def _is_of(order: SealOrder, text: str) -> bool:
    return order.text_sha256 == sha256(text.encode()).hexdigest()


def _text(row: Row) -> str:
    if row["kind"] == "approved":
        return shown_number(row["detail"]["number"])
    return shown_opinion(row["opinion"] or "")


def _seals(row: Row) -> bool:
    """Whether a seal, or the number, is on the sheet because of it."""
    return row["kind"] == "approved" or (row["kind"] in _AGREEING and "place" in row["detail"])


def _missing(rows: Sequence[Row], revision: int, used: Mapping[int, int]) -> Iterator[str]:
    for row in rows:
        if row["revision"] == revision and _seals(row) and row["sequence"] not in used:
            who = row["unit_name"] or "编号"
            yield f"处理记录第 {row['sequence']} 条（{who}）的签章不在审批表上"


def _standing(at: datetime, rows: Sequence[Row], revision: int) -> Standing:
    """The last that was said of the sheet's revision counts."""
    said, counts = "流转中", True
    for row in rows:
        mine = row["revision"] == revision
        if row["kind"] == "submitted" and row["revision"] > revision:
            said, counts = f"已重新提交（第 {row['revision']} 次），这份审批表作废", False
        elif mine and row["verdict"] == "return":
            said, counts = "已退回，这份审批表作废", False
        elif row["kind"] in _ENDS:
            said, counts = _ENDS[row["kind"]]
    return Standing(at, len(rows), said, counts)


_ENDS = {
    "approved": ("审批完成", True),
    "completed": ("已办结", True),
    "withdrawn": ("已撤销，这份审批表作废", False),
    "voided": ("已作废", False),
}
