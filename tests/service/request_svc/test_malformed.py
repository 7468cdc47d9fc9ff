"""Requests that no portal sends: refused by their shape, each with its field."""

from pathlib import Path
from typing import Any

import pytest

from tests.service.request_svc.office import Applicant


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One kind of database is enough here: none of this reaches it."""
    return f"sqlite+aiosqlite:///{tmp_path / 'service.db'}"


@pytest.mark.parametrize("if_match", [None, "1", '"one"', "*", '"-1"', '"12345678901"'])
async def test_a_save_must_say_which_version_it_saw(shen: Applicant, if_match: str | None) -> None:
    draft = await shen.start()
    refused = await shen.client.put(
        f"/drafts/{draft['id']}",
        headers={"If-Match": if_match} if if_match else {},
        json={"business_type": None, "form": {}},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["field"] == "header.if-match"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"status": "approved"}, "form.status"),
        ({"commitment": "maybe"}, "form.commitment"),
        ({"unit_id": "mathematics"}, "form.unit_id"),
        ({"applicant_name": "沈\x00"}, "form.applicant_name"),
        ({"applicant_name": "长" * 4001}, "form.applicant_name"),
        ({"materials": [{"copies": "five"}]}, "form.materials.0.copies"),
        ({"materials": [{"copies": 10**9}]}, "form.materials.0.copies"),
        ({"materials": [{}] * 201}, "form.materials"),
        ({"materials": [{"files": ["x"]}]}, "form.materials.0.files.0"),
    ],
)
async def test_what_is_no_form_at_all_is_refused_with_its_field(
    shen: Applicant, form: dict[str, Any], field: str
) -> None:
    draft = await shen.start()
    refused = await shen.save(draft, form)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["field"] == field
    assert (await shen.draft(draft["id"]))["version"] == 1


async def test_an_unknown_business_type_is_refused(shen: Applicant) -> None:
    refused = await shen.save(await shen.start(), {}, "secret")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "business_type")


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0wMy0wMnx4"])
async def test_a_cursor_nobody_gave_is_refused(shen: Applicant, cursor: str) -> None:
    refused = await shen.client.get("/drafts", params={"cursor": cursor})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_page_has_one_to_a_hundred_rows(shen: Applicant, limit: int) -> None:
    assert (await shen.client.get("/drafts", params={"limit": limit})).status_code == 422


async def test_a_submission_must_say_which_version_it_saw(shen: Applicant) -> None:
    draft = await shen.prepared()
    refused = await shen.client.post(f"/drafts/{draft['id']}/submission")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("key", ["short", "x" * 101])
async def test_a_key_is_of_reasonable_length(shen: Applicant, key: str) -> None:
    refused = await shen.submit(await shen.prepared(), key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
