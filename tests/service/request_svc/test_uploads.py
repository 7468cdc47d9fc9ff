"""Files come in whole, harmless and as what they say they are, or not at all."""

import hashlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from request_svc.models import File
from request_svc.service import SERVICE

from shared.testing import Trial, eventually, on_trial
from tests.service.request_svc.conftest import FILE_LIMIT
from tests.service.request_svc.office import DIRECTORY, SHEN, Applicant, files_kept, returned
from tests.unit.shared.inspection import samples


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One kind of database is enough here: what is asked is what becomes of the file."""
    return f"sqlite+aiosqlite:///{tmp_path / 'service.db'}"


async def test_a_pdf_is_kept_under_its_digest_with_its_pages(trial: Trial, shen: Applicant) -> None:
    draft = await shen.start()
    content = samples.clean_pdf(pages=4)
    answer = await shen.upload(draft, content, "C:\\材料\\任务书 终稿.PDF")
    assert answer.status_code == 201
    file = answer.json()
    assert (file["name"], file["pages"]) == ("任务书 终稿.PDF", 4)
    assert (file["bytes"], file["media_type"]) == (len(content), "application/pdf")
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert await trial.runtime.files.read(file["sha256"]) == content
    assert (await shen.draft(draft["id"]))["files"] == [file]


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.doc", samples.ole("WordDocument"), "application/msword"),
        ("a.docx", samples.office("word"), "wordprocessingml.document"),
        ("a.xls", samples.ole("Workbook"), "application/vnd.ms-excel"),
        ("a.xlsx", samples.office("xl"), "spreadsheetml.sheet"),
        ("a.png", samples.png(), "image/png"),
        ("a.jpg", samples.jpeg(), "image/jpeg"),
        ("a.jpeg", samples.jpeg(), "image/jpeg"),
    ],
)
async def test_other_materials_are_kept_without_pages(
    shen: Applicant, name: str, content: bytes, media_type: str
) -> None:
    file = (await shen.upload(await shen.start(), content, name)).json()
    assert file["media_type"].endswith(media_type)
    assert file["pages"] is None


ACTIVE = samples.active_pdfs()

REFUSED = [
    ("任务书.exe", b"MZ", 415, "file_type_not_allowed"),
    ("任务书", samples.clean_pdf(), 415, "file_type_not_allowed"),
    ("任务书.html", b"<script>", 415, "file_type_not_allowed"),
    ("任务书\u202e.pdf", samples.clean_pdf(), 422, "file_name_invalid"),
    ("任务书.pdf", b"", 422, "file_empty"),
    ("任务书.pdf", b"%PD", 422, "file_disguised"),
    ("任务书.pdf", b"MZ\x90\x00" * 100, 422, "file_disguised"),
    ("任务书.pdf", b"<html>" + samples.clean_pdf(), 422, "file_disguised"),
    ("任务书.png", samples.clean_pdf(), 422, "file_disguised"),
    ("任务书.docx", samples.office("xl"), 422, "file_disguised"),
    ("任务书.pdf", samples.encrypted_pdf(), 422, "file_encrypted"),
    ("任务书.pdf", ACTIVE["javascript on opening"], 422, "file_active_content"),
    ("任务书.pdf", ACTIVE["launch in a direct annotation"], 422, "file_active_content"),
    ("任务书.pdf", ACTIVE["an embedded file"], 422, "file_active_content"),
    ("任务书.pdf", ACTIVE["XFA in a direct form"], 422, "file_active_content"),
    ("任务书.docx", samples.office("word", "word/vbaProject.bin"), 422, "file_active_content"),
    ("任务书.pdf", samples.clean_pdf()[:-100], 422, "file_broken"),
    ("任务书.pdf", samples.inflating_pdf(megabytes=60), 422, "file_broken"),
]


@pytest.mark.parametrize(("name", "content", "status", "code"), REFUSED)
async def test_a_file_that_cannot_be_let_in_is_refused_and_not_kept(
    trial: Trial, shen: Applicant, *, name: str, content: bytes, status: int, code: str
) -> None:
    draft = await shen.start()
    refused = await shen.upload(draft, content, name)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await trial.count(File) == 0
    assert files_kept(trial) == 0


async def test_what_may_be_uploaded_is_said(shen: Applicant) -> None:
    refused = await shen.upload(await shen.start(), b"MZ", "a.exe")
    assert "pdf" in refused.json()["allowed"]


async def test_an_upload_needs_a_name(shen: Applicant) -> None:
    draft = await shen.start()
    refused = await shen.client.post(f"/drafts/{draft['id']}/files", content=b"x")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_a_file_of_exactly_the_limit_is_let_in(shen: Applicant) -> None:
    content = samples.png()
    content += b"\x00" * (FILE_LIMIT - len(content))
    assert (await shen.upload(await shen.start(), content, "a.png")).status_code == 201


async def test_a_file_too_large_by_its_own_account_is_not_even_read(
    trial: Trial, shen: Applicant
) -> None:
    refused = await shen.upload(await shen.start(), b"%PDF-" + b"x" * FILE_LIMIT)
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert refused.json()["limit_bytes"] == FILE_LIMIT
    assert files_kept(trial) == 0


async def test_a_file_that_keeps_coming_is_cut_off_at_the_limit(
    trial: Trial, shen: Applicant
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"%PDF-1.7\n"
        while True:
            sent += 10_000
            yield b"x" * 10_000

    draft = await shen.start()
    refused = await shen.client.post(
        f"/drafts/{draft['id']}/files", params={"name": "a.pdf"}, content=endless()
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert sent <= FILE_LIMIT + 20_000
    assert files_kept(trial) == 0


async def test_an_upload_that_breaks_off_leaves_nothing(trial: Trial, shen: Applicant) -> None:
    draft = await shen.start()
    request = shen.client.build_request(
        "POST", f"/drafts/{draft['id']}/files", params={"name": "a.pdf"}
    )
    coming: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"%PDF-1.7\n" + b"x" * 1000, "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": request.url.path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
    await trial.app(scope, receive, send)
    assert said[0]["status"] == 422
    assert await trial.count(File) == 0
    assert files_kept(trial) == 0


async def test_a_draft_has_room_for_so_many_files(trial: Trial, shen: Applicant) -> None:
    draft = await shen.start()
    for number in range(5):
        kept = await shen.upload(draft, samples.png(), f"{number}.png")
        assert kept.status_code == 201
    refused = await shen.upload(draft, samples.png(), "6.png")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_files")
    assert refused.json()["limit"] == 5
    assert await trial.count(File) == 5


async def test_nothing_is_added_to_what_is_under_way(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    refused = await shen.upload(request)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_editable")
    await trial.deliver(returned(request))
    assert (await shen.upload(request)).status_code == 201


@pytest.mark.parametrize(
    ("starved", "content"),
    [
        ({"inspection_cpu_seconds": 1}, samples.tiresome_pdf()),
        ({"inspection_memory_bytes": 150 << 20}, samples.large_png(10_900, 11_000)),
    ],
    ids=["time", "memory"],
)
async def test_a_file_that_exhausts_its_inspection_is_refused(
    database_url: str,
    tmp_path: Path,
    organisation_file: Path,
    *,
    starved: dict[str, int],
    content: bytes,
) -> None:
    """And the next one is inspected as usual. The limits are so tight that an honest file meets
    them."""
    async with (
        on_trial(
            SERVICE,
            folder=tmp_path,
            database_url=database_url,
            organisation=organisation_file,
            **starved,
        ) as trial,
        trial.client(SHEN) as client,
    ):
        await trial.deliver(*DIRECTORY)
        shen = Applicant(client)
        draft = await shen.start()
        name = "a.png" if content.startswith(b"\x89PNG") else "a.pdf"
        refused = await shen.upload(draft, content, name)
        assert (refused.status_code, refused.json()["code"]) == (422, "file_too_complex")
        assert files_kept(trial) == 0
        again = await shen.upload(draft, samples.png(), "a.png")
        assert again.status_code == 201


def inspectors_at_work() -> list[int]:
    """Process ids of this process's own children that inspect."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"shared.inspection.worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


async def test_an_inspector_that_was_killed_is_replaced(shen: Applicant) -> None:
    draft = await shen.start()
    assert (await shen.upload(draft)).status_code == 201
    (inspector,) = inspectors_at_work()
    os.kill(inspector, signal.SIGKILL)

    async def upload_works() -> bool:
        return (await shen.upload(draft)).status_code == 201

    assert await eventually(upload_works)
    assert inspectors_at_work() != [inspector]


async def test_inspectors_end_with_their_service(
    database_url: str, tmp_path: Path, organisation_file: Path
) -> None:
    async with (
        on_trial(
            SERVICE, folder=tmp_path, database_url=database_url, organisation=organisation_file
        ) as trial,
        trial.client(SHEN) as client,
    ):
        shen = Applicant(client)
        assert (await shen.upload(await shen.start())).status_code == 201
        assert len(inspectors_at_work()) == 1
    assert inspectors_at_work() == []
