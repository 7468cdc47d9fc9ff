"""The sheet: typeset, sealed, signed, each beside the bare library call of the same run.

CPU time of one core is what is measured, with another content each time: typst remembers. A whole
sheet is rendered and gets three opinions, each with a vector seal and a PAdES signature.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from document_svc.certificates import create_authority, issue
from document_svc.keys import Credential, PassphraseKeys
from document_svc.layout import MM, cell_layout
from document_svc.seal import draw_seal
from document_svc.sheet import SheetContent, base_sheet, sheet_data
from document_svc.signer import RemoteCredential, Secret, Signer
from document_svc.stamping import Hand, Opinion, opinion_data, put_opinion
from document_svc.typesetting import STANDARD

from bench.figures import Figure, median
from shared.contracts.request import Material, RequestSubmitted
from shared.organisation import Organisation

ROOT = Path(__file__).parents[1]
ORGANISATION = Organisation.load(ROOT / "deploy/demonstration/organisation.toml")
SAMPLE = ROOT / "shared/contracts/samples/request.submitted.v1.json"
PLACES = ("applying_unit", "approving_department", "legal_counsel")
UNIT = UUID("6f1f0f0e-7d7a-4c6e-9a52-5f0c1f3f3c11")
PASSPHRASE = "a passphrase for figures"
AT = datetime(2026, 3, 1, 3, 42, tzinfo=UTC)
ROUNDS, WHOLE_ROUNDS = 40, 25
WORKER_SECONDS = 4.0

_different = count()


def figures() -> list[Figure]:
    credential = _credential()
    hand = Hand(draw_seal("澄岚大学计算机学院", specimen=True), credential)
    _whole(hand, rows=3)  # fonts are read
    ready = base_sheet(_content(3))
    rendered = _spent(lambda: base_sheet(_content(3)))
    bare_rendered = _spent(lambda: _typst_alone(3))
    sealed = _spent(lambda: put_opinion(ready, PLACES[0], _opinion(), hand))
    bare_sealed = _spent(_typst_opinion)
    digest = b"1" * 32
    signed = _spent(lambda: credential.sign(digest), times=50)
    bare_signed = _spent(lambda: credential.key.sign(digest, ec.ECDSA(SHA256())), times=50)
    whole = _spent(lambda: _whole(hand, rows=3), rounds=WHOLE_ROUNDS)
    one, two = _per_second(1), _per_second(2)
    return [
        Figure("rendered, against typst alone", rendered, "ms", bare_rendered),
        Figure("opinion with seal and signature, against typst alone", sealed, "ms", bare_sealed),
        Figure("signature (CMS), against P-256 alone", signed, "ms", bare_signed),
        Figure("signature in the signing process, wall", _remote(), "ms"),
        Figure("rendered, three seals, three signatures", whole, "ms", None, "≤ 25 ms"),
        Figure("sheets, 1 worker", one, "/s"),
        Figure("sheets, 2 workers", two, "/s", one),
        *_growth(hand),
    ]


def _growth(hand: Hand) -> list[Figure]:
    spent = {rows: _spent(lambda n=rows: _whole(hand, rows=n), rounds=7) for rows in (1, 30, 300)}
    return [
        Figure(f"whole sheet of {rows} material rows", value, "ms", spent[1])
        for rows, value in spent.items()
    ]


def _whole(hand: Hand, *, rows: int) -> bytes:
    pdf = base_sheet(_content(rows))
    for place in PLACES:
        pdf = put_opinion(pdf, place, _opinion(), hand)
    return pdf


def _content(rows: int) -> SheetContent:
    number = next(_different)
    submitted = RequestSubmitted.decode(SAMPLE.read_bytes())
    first = submitted.form.materials[0]
    materials = tuple(
        Material(
            row=row,
            name=f"第 {number}-{row} 份材料：横向技术开发（委托）合同及其附件",
            copies=row % 9 + 1,
            files=first.files[:1],
        )
        for row in range(1, rows + 1)
    )
    form = submitted.form.model_copy(
        update={
            "materials": materials,
            "horizontal_contract": True,
            "handler_name": f"经办{number}",
        }
    )
    changed = submitted.model_copy(update={"form": form, "tracking_number": f"SL2026-{number:06d}"})
    return SheetContent(changed, ORGANISATION, "abcdefghijklmnopqrstuvwxyz")


def _opinion() -> Opinion:
    number = next(_different)
    return Opinion(
        text=f"同意用印。合同编号 2026-KJ-{number}，份数与用章位置已核对。",
        signer="韦宇",
        signer_title="审批人",
        unit="科研部",
        date="2026年03月02日",
        signed_at=AT + timedelta(seconds=number),
    )


def _typst_alone(rows: int) -> bytes:
    data = sheet_data(_content(rows))
    return STANDARD.typeset("sheet.typ", made_at=AT, tagged=True, sheet=data)


def _typst_opinion() -> bytes:
    layout = cell_layout(148 * MM, 50 * MM, shared=False)
    box = replace(layout.seal, x0=0, y0=0, x1=148 * MM, y1=50 * MM)
    data = opinion_data(box, layout, _opinion(), None) | {"continued": False}
    return STANDARD.typeset("opinion.typ", made_at=AT, opinion=data)


def _credential() -> Credential:
    keys = PassphraseKeys(PASSPHRASE)
    kept = create_authority(ORGANISATION.name, now=AT, keeper=keys)
    made = issue(
        keys.opened(kept),
        organisation=ORGANISATION.name,
        unit="科研部",
        unit_id=UNIT,
        valid_from=AT,
        keeper=keys,
    )
    return keys.opened(made)


def _remote() -> float:
    signer = Signer(Secret(None, lambda: PASSPHRASE))
    authority = signer.authority(ORGANISATION.name, now=AT)
    made = signer.issue(
        authority.kept, organisation=ORGANISATION.name, unit="科研部", unit_id=UNIT, valid_from=AT
    )
    credential = RemoteCredential(signer, made.kept)
    taken = _spent(lambda: credential.sign(b"1" * 32), clock=time.perf_counter)
    signer.close()
    return taken


def _spent(
    work: Callable[[], object],
    *,
    rounds: int = ROUNDS,
    times: int = 1,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Milliseconds of this process's processor time, median of the rounds."""
    taken = []
    for _ in range(rounds):
        start = clock()
        for _ in range(times):
            work()
        taken.append((clock() - start) * 1000 / times)
    return median(taken)


def _per_second(workers: int) -> float:
    """Whole sheets, each worker a process of its own."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.sheet"], stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
        for _ in range(workers)
    ]
    for one in started:
        assert one.stdout
        one.stdout.readline()  # ready
    for one in started:
        assert one.stdin
        one.stdin.write(b"go\n")
        one.stdin.flush()
    return sum(float(one.communicate()[0]) for one in started)


def _work() -> None:
    hand = Hand(draw_seal("澄岚大学计算机学院", specimen=True), _credential())
    _whole(hand, rows=3)
    print("ready", flush=True)
    sys.stdin.readline()
    start, made = time.perf_counter(), 0
    while time.perf_counter() - start < WORKER_SECONDS:
        _whole(hand, rows=3)
        made += 1
    print(made / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    _work()
