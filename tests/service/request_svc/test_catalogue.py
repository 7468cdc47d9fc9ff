"""Administering matters: what people read, whether they can begin, and who changed it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.contracts.people import Post
from shared.identity import User
from shared.testing import Trial
from tests.service.request_svc.office import (
    SEAL_OFFICE,
    Applicant,
    form,
    person_changed,
    returned,
)

SHAN = User(id=UUID(int=5), name="单翊")
NOTICE = "系统维护，12月1日恢复办理。"
TEXTS = {
    "name": "用印申请",
    "category": "公共服务",
    "audience": ["教职工"],
    "description": ["用印前请先阅读。", "现场用印须带原件。"],
}


@pytest.fixture
async def shan(trial: Trial) -> AsyncIterator[httpx.AsyncClient]:
    """系统管理员."""
    await trial.deliver(person_changed(SHAN, (SEAL_OFFICE, Post.ADMINISTRATOR)))
    async with trial.client(SHAN) as client:
        yield client


def seen(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def change(
    client: httpx.AsyncClient, version: int = 0, key: str = "seal-use", **differently: Any
) -> httpx.Response:
    body = {**TEXTS, **differently}
    return await client.put(f"/catalogue/{key}/texts", headers=seen(version), json=body)


async def close(
    client: httpx.AsyncClient, version: int = 0, key: str = "seal-use", notice: str = NOTICE
) -> httpx.Response:
    body = {"notice": notice}
    return await client.put(f"/catalogue/{key}/closure", headers=seen(version), json=body)


async def reopen(client: httpx.AsyncClient, version: int) -> httpx.Response:
    return await client.delete("/catalogue/seal-use/closure", headers=seen(version))


async def entry(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/catalogue/seal-use")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def deeds(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get("/catalogue/seal-use/changes", params=params)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_catalogue_lists_every_matter_with_its_state(shan: httpx.AsyncClient) -> None:
    await close(shan)
    items = (await shan.get("/catalogue")).json()["items"]
    hall = (await shan.get("/matters")).json()["items"]
    assert [item["key"] for item in items] == [item["key"] for item in hall]
    first, other = items[:2]
    assert (first["key"], first["version"], first["closed_notice"]) == ("seal-use", 1, NOTICE)
    assert (other["kind"], other["version"], other["closed_notice"]) == ("link", 0, None)
    assert first["texts"] == first["filed"]


async def test_changed_texts_are_read_at_once(shan: httpx.AsyncClient, shen: Applicant) -> None:
    changed = await change(shan)
    assert (changed.status_code, changed.json()["version"]) == (200, 1)
    page = (await shen.client.get("/matters/seal-use")).json()
    assert {field: page[field] for field in TEXTS} == TEXTS
    row = (await shen.client.get("/matters")).json()["items"][0]
    assert (row["name"], row["category"]) == (TEXTS["name"], TEXTS["category"])
    now = await entry(shan)
    assert (now["texts"], now["filed"]["name"]) == (TEXTS, "用印审批")


async def test_reset_brings_back_the_files_words(shan: httpx.AsyncClient, shen: Applicant) -> None:
    before = (await shen.client.get("/matters/seal-use")).json()
    await change(shan)
    reset = await shan.delete("/catalogue/seal-use/texts", headers=seen(1))
    assert (reset.status_code, reset.json()["version"]) == (200, 2)
    assert (await shen.client.get("/matters/seal-use")).json() == before
    assert [deed["kind"] for deed in await deeds(shan)] == ["reset", "changed"]


async def test_what_stays_as_in_the_file_follows_the_file(
    trial: Trial, shan: httpx.AsyncClient
) -> None:
    filed = (await entry(shan))["filed"]
    await change(shan, **{**filed, "name": "用印申请"})
    async with trial.runtime.transaction() as tx:
        rows = await tx.session.execute(text("SELECT texts FROM matter_override"))
        kept = str(rows.scalar_one())
    assert "name" in kept
    assert "description" not in kept


async def test_a_closed_matter_cannot_be_begun(shan: httpx.AsyncClient, shen: Applicant) -> None:
    assert (await close(shan)).json()["closed_notice"] == NOTICE
    refused = await shen.client.post("/drafts", json={"matter": "seal-use"})
    assert (refused.status_code, refused.json()["code"]) == (409, "matter_closed")
    assert refused.json()["notice"] == NOTICE
    assert (await shen.client.get("/matters/seal-use")).json()["closed_notice"] == NOTICE
    assert (await shen.client.get("/matters")).json()["items"][0]["closed_notice"] == NOTICE
    assert (await reopen(shan, 1)).json()["closed_notice"] is None
    await shen.start()


async def test_a_draft_of_a_closed_matter_stays_and_says_why(
    shan: httpx.AsyncClient, shen: Applicant
) -> None:
    draft = await shen.prepared()
    assert draft["closed_notice"] is None
    await close(shan)
    shown = await shen.draft(draft["id"])
    assert shown["closed_notice"] == NOTICE
    saved = await shen.save(shown, shown["form"])
    assert (saved.status_code, saved.json()["closed_notice"]) == (200, NOTICE)
    refused = await shen.submit(saved.json())
    assert (refused.status_code, refused.json()["code"]) == (409, "matter_closed")
    await reopen(shan, 1)
    assert (await shen.submit(saved.json())).status_code == 201


async def test_what_was_returned_may_still_be_corrected(
    trial: Trial, shan: httpx.AsyncClient, shen: Applicant
) -> None:
    request = await shen.submitted()
    await trial.deliver(returned(request))
    await close(shan)
    draft = await shen.draft(request["id"])
    assert draft["closed_notice"] is None
    file = draft["files"][0]["id"]
    again = await shen.save(draft, form(file, applicant_name="沈知"))
    assert (await shen.submit(again.json())).status_code == 201


async def test_only_who_saw_the_present_version_changes_it(shan: httpx.AsyncClient) -> None:
    await change(shan)
    for refused in (
        await change(shan, 0, name="别的名称"),
        await close(shan, 0),
        await reopen(shan, 2),
        await shan.delete("/catalogue/seal-use/texts", headers=seen(0)),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "matter_changed_elsewhere")
        assert refused.json()["version"] == 1
    now = await entry(shan)
    assert (now["version"], now["texts"]["name"]) == (1, TEXTS["name"])


async def test_of_two_changes_at_the_same_time_one_is_refused(shan: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(change(shan, 0, name=f"名称{n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert ((await entry(shan))["version"], len(await deeds(shan))) == (1, 1)


async def test_changes_tell_who_when_and_what(shan: httpx.AsyncClient) -> None:
    filed = (await entry(shan))["filed"]
    await change(shan, **{**filed, "name": "用印申请"})
    await close(shan, 1)
    await close(shan, 2, notice="改到12月3日恢复。")
    await reopen(shan, 3)
    log = await deeds(shan)
    assert [deed["kind"] for deed in log] == ["reopened", "closed", "closed", "changed"]
    assert {deed["by"] for deed in log} == {SHAN.name}
    assert log[-1]["detail"] == {"name": {"old": "用印审批", "new": "用印申请"}}
    assert log[1]["detail"] == {"notice": {"old": NOTICE, "new": "改到12月3日恢复。"}}
    page = (await shan.get("/catalogue/seal-use/changes", params={"limit": 3})).json()
    rest = await deeds(shan, cursor=page["next"])
    assert page["items"] + rest == log


async def test_a_change_that_changes_nothing_leaves_no_trace(shan: httpx.AsyncClient) -> None:
    filed = (await entry(shan))["filed"]
    for same in (
        await change(shan, **filed),
        await reopen(shan, 0),
        await shan.delete("/catalogue/seal-use/texts", headers=seen(0)),
    ):
        assert (same.status_code, same.json()["version"]) == (200, 0)
    assert await deeds(shan) == []


async def test_the_log_of_changes_only_grows(trial: Trial, shan: httpx.AsyncClient) -> None:
    await change(shan)
    for statement in ("DELETE FROM matter_log", "UPDATE matter_log SET actor_name = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with trial.runtime.transaction() as tx:
                await tx.session.execute(text(statement))


async def test_others_than_administrators_are_refused(shen: Applicant, xue: Applicant) -> None:
    for client in (shen.client, xue.client):
        for refused in (
            await client.get("/catalogue"),
            await client.get("/catalogue/seal-use"),
            await client.get("/catalogue/seal-use/changes"),
            await change(client),
            await close(client),
            await reopen(client, 0),
            await client.delete("/catalogue/seal-use/texts", headers=seen(0)),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_an_unknown_matter_is_not_administered(shan: httpx.AsyncClient) -> None:
    for answer in (
        await shan.get("/catalogue/nothing"),
        await shan.get("/catalogue/nothing/changes"),
        await change(shan, key="nothing"),
        await close(shan, key="nothing"),
        await shan.delete("/catalogue/nothing/closure", headers=seen(0)),
        await shan.delete("/catalogue/nothing/texts", headers=seen(0)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_matter")


@pytest.mark.parametrize(
    ("differently", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"name": "用印\x00"}, "name"),
        ({"category": "别的服务"}, "category"),
        ({"audience": ["教职工", ""]}, "audience.1"),
        ({"audience": ["教职工"] * 21}, "audience"),
        ({"description": ["长" * 2001]}, "description.0"),
        ({"description": ["段"] * 51}, "description"),
        ({"url": "https://elsewhere.example"}, "url"),
    ],
)
async def test_texts_that_nobody_could_read_are_refused_with_their_field(
    shan: httpx.AsyncClient, differently: dict[str, Any], field: str
) -> None:
    refused = await change(shan, **differently)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("notice", ["", "  ", "长" * 501, "停\x00"])
async def test_nothing_is_closed_without_a_reason(shan: httpx.AsyncClient, notice: str) -> None:
    refused = await close(shan, notice=notice)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["field"] == "notice"
