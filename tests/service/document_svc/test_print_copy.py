"""打印件: every page of what was approved, with its number, its place and its QR code."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from document_svc.converting import convert
from document_svc.models import Conversion
from document_svc.printing import DIGEST_IN_QR

from demo.files import docx, pdf
from shared.contracts.request import Material, StoredFile
from shared.inspection.file_types import ALLOWED, extension
from shared.testing import Trial
from tests.service.document_svc.conftest import INITIATOR, STRANGER, Story, sheets
from tests.service.document_svc.test_returns import voided
from tests.standins.office import Office, installed, missing
from tests.unit.document_svc.examples import file
from tests.unit.shared.inspection import samples


def turned(pages: int) -> bytes:
    document = samples.blank_pdf(pages)
    for page in document.pages:
        page.rotate(90, relative=False)
    return samples.saved(document)


NAMES = ("任务书.pdf", "附图.pdf", "照片.jpg", "合同.docx", "预算.xls")


async def approved(trial: Trial, story: Story) -> dict[str, StoredFile]:
    """Two PDFs, of two and of one page, a photo that lies, Word and Excel. Returns: by their ends.

    The second PDF is `two.pdf`.
    """
    contents = (
        (pdf([["任务书第一页"], ["任务书第二页"]]), 2),
        (turned(1), 1),
        (samples.jpeg(400, 300), None),
        (b"of a word processor", None),
        (b"of a spreadsheet", None),
    )
    stored = []
    for name, (content, pages) in zip(NAMES, contents, strict=True):
        blob = await trial.runtime.files.put_bytes(content)
        kind = ALLOWED[extension(name)].media_type
        changes = {"sha256": blob.sha256, "bytes": blob.bytes, "pages": pages, "media_type": kind}
        stored.append(file(name).model_copy(update=changes))
    rows = (
        Material(row=1, name="科研任务书", copies=2, files=tuple(stored[:2])),
        Material(row=2, name="科研任务书附件", copies=1, files=tuple(stored[2:4])),
    )
    changes_ = {"materials": rows, "contract_files": tuple(stored[4:])}
    await trial.deliver(*story.to_approval(**changes_))
    return dict(zip(("pdf", "two.pdf", "jpg", "docx", "xls"), stored, strict=True))


async def ask(trial: Trial, story: Story, who: Any = INITIATOR, **query: Any) -> Any:
    async with trial.client(who) as client:
        return await client.get(f"/requests/{story.id}/print-copy", params=query)


def stored(folder: Path, one: StoredFile) -> Path:
    """Where a trial's file store has it."""
    return next(folder.glob(f"files/**/{one.sha256}"))


async def alone(trial: Trial, story: Story, one: StoredFile) -> Any:
    return await ask(trial, story, file_id=str(one.id))


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


async def states(trial: Trial, story: Story, who: Any = INITIATOR) -> dict[str, tuple[str, int]]:
    """State and pages of each file, by its name."""
    async with trial.client(who) as client:
        answer = await client.get(f"/requests/{story.id}/print-copy/files")
    return {each["name"]: (each["state"], each["pages"]) for each in answer.json()["items"]}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Makes two pages of a letter and one of a table."""
    office = installed(tmp_path / "office", monkeypatch)
    office.makes("docx", pdf([["合同正文"], ["签署页"]]))
    office.makes("xls", pdf([["预算表"]]))
    return office


@pytest.fixture
def no_office(trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trial.app  # what it runs on was started with the machine's own programs
    missing(tmp_path / "nothing", monkeypatch)


@pytest.mark.usefixtures("no_office")
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
        assert "转换" not in text
    with pikepdf.open(io.BytesIO(answer.content)) as copy:
        sizes = [[float(edge) for edge in page.mediabox[2:]] for page in copy.pages]
        assert sizes == [[595, 842], [595, 842], [842, 595], [842, 595]]  # as they are seen
        assert not any("/Annots" in page for page in copy.pages)
    assert (await ask(trial, story)).content == answer.content


@pytest.mark.usefixtures("no_office")
async def test_one_file_can_be_printed_alone(trial: Trial, story: Story) -> None:
    files = await approved(trial, story)
    assert len(texts((await alone(trial, story, files["two.pdf"])).content)) == 1
    assert len(texts((await alone(trial, story, files["pdf"])).content)) == 2
    assert reddish((await alone(trial, story, files["jpg"])).content)


@pytest.mark.usefixtures("no_office")
async def test_without_a_converter_word_and_excel_are_to_be_downloaded(
    trial: Trial, story: Story
) -> None:
    files = await approved(trial, story)
    for name in ("docx", "xls"):
        refused = await alone(trial, story, files[name])
        assert (refused.status_code, refused.json()["code"]) == (404, "nothing_to_print")
    await convert(trial.runtime)
    assert await trial.count(Conversion) == 0
    assert await states(trial, story) == {
        "任务书.pdf": ("ready", 2),
        "附图.pdf": ("ready", 1),
        "照片.jpg": ("ready", 1),
        "合同.docx": ("download_only", 0),
        "预算.xls": ("download_only", 0),
    }


async def test_word_and_excel_are_printed_under_the_digest_of_what_was_approved(
    trial: Trial, story: Story, office: Office
) -> None:
    files = await approved(trial, story)
    assert (await states(trial, story))["合同.docx"] == ("converting", 0)
    await convert(trial.runtime)
    assert (await states(trial, story))["合同.docx"] == ("ready", 2)
    answer = await ask(trial, story)
    written = texts(answer.content)
    assert len(written) == 7
    for text, content, program, place, name in (
        (written[4], "合同正文", "Word", "第1页/共2页", "docx"),
        (written[5], "签署页", "Word", "第2页/共2页", "docx"),
        (written[6], "预算表", "Excel", "第1页/共1页", "xls"),
    ):
        assert content in text
        assert "YY2026-000042" in text
        assert place in text
        assert f"由{program}原文件转换" in text
        assert files[name].sha256 in text
    assert (await alone(trial, story, files["docx"])).status_code == 200
    assert (await ask(trial, story)).content == answer.content
    assert office.calls == 2


async def test_what_is_being_converted_is_waited_for_and_not_left_out(
    trial: Trial, story: Story, office: Office
) -> None:
    files = await approved(trial, story)
    for refused in await asyncio.gather(ask(trial, story), alone(trial, story, files["docx"])):
        assert (refused.status_code, refused.json()["code"]) == (503, "print_copy_not_ready")
        assert refused.headers["retry-after"] == "5"
    assert (await alone(trial, story, files["pdf"])).status_code == 200
    assert await trial.count(Conversion) == 2
    await convert(trial.runtime)
    assert len(texts((await ask(trial, story)).content)) == 7


async def test_what_cannot_be_converted_is_left_out_said_so_and_not_tried_again(
    trial: Trial, story: Story, office: Office
) -> None:
    office.makes("docx", b"no PDF")
    files = await approved(trial, story)
    for _ in "12":
        await states(trial, story)
        await convert(trial.runtime)
    assert office.calls == 2
    found = await states(trial, story)
    assert (found["合同.docx"], found["预算.xls"]) == (("download_only", 0), ("ready", 1))
    refused = await alone(trial, story, files["docx"])
    assert (refused.status_code, refused.json()["code"]) == (404, "nothing_to_print")
    assert len(texts((await ask(trial, story)).content)) == 5


async def test_a_file_that_cannot_be_read_holds_up_no_other(
    trial: Trial, story: Story, office: Office, tmp_path: Path
) -> None:
    files = await approved(trial, story)
    await states(trial, story)
    lost = stored(tmp_path, files["docx"])
    content = lost.read_bytes()
    lost.unlink()
    await convert(trial.runtime)
    found = await states(trial, story)
    assert (found["合同.docx"], found["预算.xls"]) == (("converting", 0), ("ready", 1))
    lost.write_bytes(content)
    await convert(trial.runtime)
    assert (await states(trial, story))["合同.docx"] == ("ready", 2)


async def test_a_letter_is_printed_where_this_machine_can_convert_it(
    trial: Trial, story: Story
) -> None:
    letter = await trial.runtime.files.put_bytes(docx(["关于申请用印的说明", "第二行"]))
    changes = {"sha256": letter.sha256, "media_type": ALLOWED["docx"].media_type}
    files = (file("说明.docx").model_copy(update=changes),)
    row = Material(row=1, name="说明", copies=1, files=files)
    await trial.deliver(*story.to_approval(materials=(row,), contract_files=()))
    await states(trial, story)
    await convert(trial.runtime)
    answer = await ask(trial, story)
    if await trial.runtime.own.conversions.available():
        assert "关于申请用印的说明" in texts(answer.content)[0]
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "nothing_to_print")


async def test_only_what_was_approved_is_printed(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    assert await states(trial, story) == {}
    refused = await ask(trial, story)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_approved")


async def test_a_stranger_prints_nothing(trial: Trial, story: Story) -> None:
    await approved(trial, story)
    assert (await ask(trial, story, STRANGER)).status_code == 404
    async with trial.client(STRANGER) as client:
        answer = await client.get(f"/requests/{story.id}/print-copy/files")
    assert (answer.status_code, await trial.count(Conversion)) == (404, 0)


async def test_the_code_on_a_page_leads_to_whether_its_file_was_approved(
    trial: Trial, story: Story
) -> None:
    files = await approved(trial, story)
    digest = files["docx"].sha256
    assert await told(trial, story, material=digest[:DIGEST_IN_QR]) == (200, True)
    assert await told(trial, story, material=files["xls"].sha256) == (200, True)
    assert await told(trial, story, material="0" * DIGEST_IN_QR) == (200, False)
    assert await told(trial, story, material=digest[: DIGEST_IN_QR - 1]) == (422, None)
    await trial.deliver(voided(story))
    assert await told(trial, story, material=digest) == (200, False)


async def test_nothing_is_told_of_files_before_they_are_approved(
    trial: Trial, story: Story
) -> None:
    event = story.submitted()
    await trial.deliver(event)
    digest = event.form.materials[0].files[0].sha256
    assert await told(trial, story, material=digest) == (200, False)


async def told(trial: Trial, story: Story, **query: str) -> tuple[int, bool | None]:
    """What the public check says of a file to whoever is not signed in."""
    [sheet] = await sheets(trial, story)
    async with trial.client() as client:
        answer = await client.get(f"/verifications/{sheet['verification_code']}", params=query)
    return answer.status_code, answer.json().get("material")
