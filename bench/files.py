"""Strangers' files and what is made of them: inspection, previews, print copies, archives.

Each beside the bare library call on the same bytes in the same run, without a process of its own,
without limits and without looking for anything.
"""

import asyncio
import io
import tempfile
import time
import zipfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pikepdf
import pypdfium2
from document_svc import archive
from document_svc.chain import BEFORE_THE_FIRST, digest, first_broken
from document_svc.sheet_verifier import verify

from bench.figures import Figure, median
from shared.files import FileStore
from shared.inspection.inspectors import Inspectors
from shared.inspection.settings import InspectionSettings
from tests.unit.document_svc.examples import ORGANISATION, fully_sealed, sheet
from tests.unit.shared.inspection import samples

ROUNDS = 30
PAGES = 20
MATERIALS, MATERIAL_BYTES = 20, 1 << 20
ENTRIES = 5_000


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Figure]:
    inspectors = Inspectors(
        InspectionSettings.model_construct(
            inspections_at_once=1,
            inspection_memory_bytes=1 << 30,
            inspection_cpu_seconds=10,
            inspection_seconds=60,
        )
    )
    try:
        return [
            *await _inspections(folder, inspectors),
            await _previews(folder, inspectors),
            await _print_copies(folder, inspectors),
            await _archives(folder),
            *_verifications(),
        ]
    finally:
        await inspectors.close()


async def _inspections(folder: Path, inspectors: Inspectors) -> list[Figure]:
    pdf, letter = folder / "a.pdf", folder / "a.docx"
    pdf.write_bytes(samples.clean_pdf(PAGES))
    letter.write_bytes(samples.office("word", parts={"word/document.xml": "<x/>" * 50_000}))

    def opened() -> None:
        with pikepdf.open(pdf) as document:
            len(document.pages)

    def unzipped() -> None:
        with zipfile.ZipFile(letter) as parts:
            parts.testzip()

    return [
        Figure(
            f"a PDF of {PAGES} pages inspected, its process included",
            await _each(lambda: inspectors.inspect(pdf, "pdf")),
            "ms",
            _plain(opened),
        ),
        Figure(
            "a Word file inspected, its process included",
            await _each(lambda: inspectors.inspect(letter, "docx")),
            "ms",
            _plain(unzipped),
        ),
    ]


async def _previews(folder: Path, inspectors: Inspectors) -> Figure:
    source, out = folder / "sheet.pdf", folder / "page.png"
    source.write_bytes(sheet())

    def drawn() -> None:
        page = pypdfium2.PdfDocument(source)[0]
        page.render(scale=800 / page.get_width()).to_pil().save(out, "PNG")

    made = await _each(lambda: inspectors.render(source, "pdf", out, page=1, width=800))
    return Figure("a page of text as a picture, 800 pixels wide", made, "ms", _plain(drawn))


async def _print_copies(folder: Path, inspectors: Inspectors) -> Figure:
    source, strips, out = folder / "a.pdf", folder / "strips.pdf", folder / "copy.pdf"
    strips.write_bytes(samples.clean_pdf(PAGES))

    def copied() -> None:
        with pikepdf.open(source) as pdf, pikepdf.new() as copy:
            copy.pages.extend(pdf.pages)
            copy.save(out)

    made = await _each(lambda: inspectors.print_copy([source], strips, out))
    return Figure(f"{PAGES} pages above their strips", made, "ms", _plain(copied))


async def _archives(folder: Path) -> Figure:
    files = FileStore(f"file://{folder / 'files'}")
    package = archive.Package("YY2026-000001", datetime(2026, 3, 2, tzinfo=UTC))
    contents = [bytes([n]) * MATERIAL_BYTES for n in range(MATERIALS)]
    for number, content in enumerate(contents):
        blob = await files.put_bytes(content)
        package.add(f"materials/{number}.bin", "material", blob.sha256)
    tx = cast("Any", SimpleNamespace())
    tx.runtime = SimpleNamespace(files=files, organisation=ORGANISATION)

    async def made() -> None:
        (await archive.written(tx, package)).close()

    def zipped() -> None:
        with zipfile.ZipFile(io.BytesIO(), "w") as bare:
            for number, content in enumerate(contents):
                bare.writestr(f"materials/{number}.bin", content)

    took = await _each(made, rounds=10)
    size = MATERIALS * MATERIAL_BYTES >> 20
    return Figure(f"an archive of {size} MB, digests and all", took, "ms", _plain(zipped))


def _verifications() -> list[Figure]:
    sealed = fully_sealed(sheet())
    rows: list[dict[str, Any]] = []
    head = BEFORE_THE_FIRST
    for sequence in range(1, ENTRIES + 1):
        row = {"sequence": sequence, "reason": "x" * 400, "previous_hash": head}
        head = digest(row)
        rows.append({**row, "hash": head})
    return [
        Figure("a sheet with six signatures checked offline", _plain(lambda: verify(sealed)), "ms"),
        Figure(
            f"{ENTRIES} entries of the ledger checked", _plain(lambda: first_broken(rows), 5), "ms"
        ),
    ]


async def _each(do: Callable[[], Awaitable[object]], *, rounds: int = ROUNDS) -> float:
    """Milliseconds, the median of `rounds` after one that counts not."""
    await do()
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        await do()
        took.append((time.perf_counter() - start) * 1000)
    return median(took)


def _plain(do: Callable[[], object], rounds: int = ROUNDS) -> float:
    do()
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        do()
        took.append((time.perf_counter() - start) * 1000)
    return median(took)
