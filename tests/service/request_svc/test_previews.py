"""Previews of files: for who may read them, made once, kept."""

import io
from typing import Any

import pytest
from PIL import Image
from request_svc.desk import desk_of
from request_svc.models import Rendition

from demo.files import docx
from shared.testing import Trial
from tests.service.request_svc.office import Applicant
from tests.unit.shared.inspection import samples


async def uploaded(shen: Applicant, content: bytes, name: str) -> str:
    """Where the draft's file is."""
    draft = await shen.start()
    file = (await shen.upload(draft, content, name)).json()
    return f"/drafts/{draft['id']}/files/{file['id']}"


async def get(who: Applicant, path: str, **options: Any) -> Any:
    return await who.client.get(path, **options)


async def test_a_pdf_is_shown_page_by_page(trial: Trial, shen: Applicant) -> None:
    path = await uploaded(shen, samples.clean_pdf(pages=2), "a.pdf")
    assert (await get(shen, f"{path}/preview")).json() == {"shown": True, "pages": 2}
    page = await get(shen, f"{path}/preview/2?width=240")
    assert (page.status_code, page.headers["content-type"]) == (200, "image/png")
    assert "immutable" in page.headers["cache-control"]
    assert Image.open(io.BytesIO(page.content)).width == 240
    again = await get(shen, f"{path}/preview/2?width=240")
    assert again.content == page.content
    assert await trial.count(Rendition) == 1
    known = await get(
        shen, f"{path}/preview/2?width=240", headers={"If-None-Match": page.headers["etag"]}
    )
    assert (known.status_code, known.content) == (304, b"")


async def test_a_page_that_does_not_exist_is_not_found(shen: Applicant) -> None:
    path = await uploaded(shen, samples.clean_pdf(pages=2), "a.pdf")
    answer = await get(shen, f"{path}/preview/3")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_page")
    assert answer.json()["pages"] == 2
    for malformed in ("preview/0", "preview/1?width=1601", "preview/x"):
        assert (await get(shen, f"{path}/{malformed}")).status_code == 422


async def test_a_picture_is_shown_without_what_else_it_holds(shen: Applicant) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a telephone"
    path = await uploaded(shen, samples.jpeg(900, 600, exif=exif.tobytes()), "a.jpg")
    assert (await get(shen, f"{path}/preview")).json() == {"shown": True, "pages": 1}
    page = await get(shen, f"{path}/preview/1")
    assert b"telephone" not in page.content
    assert Image.open(io.BytesIO(page.content)).size == (800, 533)


async def test_previews_are_for_readers(
    trial: Trial, shen: Applicant, su: Applicant, xue: Applicant
) -> None:
    request = await shen.submitted()
    view = (await get(shen, f"/requests/{request['id']}")).json()
    file = view["form"]["materials"][0]["files"][0]
    path = f"/requests/{request['id']}/files/{file['id']}/preview"
    for part in ("", "/1"):
        assert (await get(shen, path + part)).status_code == 200
        assert (await get(xue, path + part)).status_code == 200
        assert (await get(su, path + part)).status_code == 404
        draft = path.replace("/requests/", "/drafts/")
        assert (await get(xue, draft + part)).status_code == 404
    async with trial.client() as nobody:
        assert (await nobody.get(path)).status_code == 401


async def test_a_letter_is_shown_where_it_can_be_converted_and_else_only_downloaded(
    trial: Trial, shen: Applicant
) -> None:
    path = await uploaded(shen, docx(["关于申请用印的说明", "第二行"]), "说明.docx")
    can = await desk_of(trial.runtime).previews.converts()
    assert (await get(shen, f"{path}/preview")).json() == {"shown": can, "pages": int(can)}
    page = await get(shen, f"{path}/preview/1")
    if can:
        assert Image.open(io.BytesIO(page.content)).convert("L").getextrema()[0] < 100
    else:
        assert (page.status_code, page.json()["code"]) == (415, "no_preview")


@pytest.mark.parametrize("name", ["a.doc", "a.xlsx"])
async def test_what_cannot_be_converted_is_not_tried_again(
    trial: Trial, shen: Applicant, name: str
) -> None:
    content = samples.ole("WordDocument") if name == "a.doc" else samples.office("xl")
    path = await uploaded(shen, content, name)
    for _ in "12":
        assert (await get(shen, f"{path}/preview")).json() == {"shown": False, "pages": 0}
    assert await trial.count(Rendition) <= 1
