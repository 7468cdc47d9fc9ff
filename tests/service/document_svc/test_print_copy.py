"""打印件: every page of what was approved, with its number, its place and its QR code."""

import io
from typing import Any
from uuid import UUID

import pikepdf
import pypdfium2

from demo.files import pdf
from shared.contracts.request import Material
from shared.inspection.file_types import ALLOWED, extension
from shared.testing import Trial
from tests.service.document_svc.conftest import INITIATOR, STRANGER, Story
from tests.unit.document_svc.examples import file
from tests.unit.shared.inspection import samples


def turned(pages: int) -> bytes:
    document = samples.blank_pdf(pages)
    for page in document.pages:
        page.rotate(90, relative=False)
    return samples.saved(document)


async def approved(trial: Trial, story: Story) -> list[UUID]:
    """Two PDFs, of two and of one page, a photo that lies, and a Word file. Returns: their ids."""
    stored = []
    for name, content, pages in (
        ("任务书.pdf", pdf([["任务书第一页"], ["任务书第二页"]]), 2),
        ("附图.pdf", turned(1), 1),
        ("照片.jpg", samples.jpeg(400, 300), None),
        ("合同.docx", b"of a word processor", None),
    ):
        blob = await trial.runtime.files.put_bytes(content)
        kind = ALLOWED[extension(name)].media_type
        changes = {"sha256": blob.sha256, "bytes": blob.bytes, "pages": pages, "media_type": kind}
        stored.append(file(name).model_copy(update=changes))
    rows = (
        Material(row=1, name="科研任务书", copies=2, files=tuple(stored[:2])),
        Material(row=2, name="科研任务书附件", copies=1, files=tuple(stored[2:])),
    )
    await trial.deliver(*story.to_approval(materials=rows, contract_files=()))
    return [each.id for each in stored]


async def ask(trial: Trial, story: Story, who: Any = INITIATOR, **query: Any) -> Any:
    async with trial.client(who) as client:
        return await client.get(f"/requests/{story.id}/print-copy", params=query)


def texts(content: bytes) -> list[str]:
    return [
        "".join(page.get_textpage().get_text_range().split())
        for page in pypdfium2.PdfDocument(content)
    ]


def reddish(content: bytes) -> bool:
    """Whether the middle of its first page is as the photo, which is red all over."""
    shown = pypdfium2.PdfDocument(content)[0].render().to_pil().convert("RGB")
    red, green, blue = shown.getpixel((shown.width // 2, shown.height // 2))
    return red > 150 and green < 80 and blue < 80


async def test_every_page_says_what_it_belongs_to(trial: Trial, story: Story) -> None:
    await approved(trial, story)
    answer = await ask(trial, story)
    assert answer.status_code == 200
    written = texts(answer.content)
    places = ("第1页/共2页", "第2页/共2页", "第1页/共1页", "第1页/共1页")
    for text, place in zip(written, places, strict=True):
        assert "YY2026-000042" in text
        assert place in text
        assert "科研任务书" in text
    with pikepdf.open(io.BytesIO(answer.content)) as copy:
        sizes = [[float(edge) for edge in page.mediabox[2:]] for page in copy.pages]
        assert sizes == [[595, 842], [595, 842], [842, 595], [842, 595]]  # as they are seen
        assert not any("/Annots" in page for page in copy.pages)
    assert (await ask(trial, story)).content == answer.content


async def test_one_file_can_be_printed_alone(trial: Trial, story: Story) -> None:
    first, second, picture, word = await approved(trial, story)
    assert len(texts((await ask(trial, story, file_id=str(second))).content)) == 1
    assert len(texts((await ask(trial, story, file_id=str(first))).content)) == 2
    assert reddish((await ask(trial, story, file_id=str(picture))).content)
    refused = await ask(trial, story, file_id=str(word))
    assert (refused.status_code, refused.json()["code"]) == (404, "nothing_to_print")


async def test_only_what_was_approved_is_printed(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    refused = await ask(trial, story)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_approved")


async def test_a_stranger_prints_nothing(trial: Trial, story: Story) -> None:
    await approved(trial, story)
    assert (await ask(trial, story, STRANGER)).status_code == 404
