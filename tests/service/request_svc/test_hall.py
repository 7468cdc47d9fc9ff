"""Matters, favourites, counters, and the choices that the directory offers."""

from uuid import UUID

from shared.contracts.people import Person, Post, UnitKind
from shared.contracts.workflow import Completed
from shared.testing import Trial
from tests.service.request_svc.office import (
    ARTS,
    AT,
    LABORATORY,
    MATHS,
    SEAL_OFFICE,
    SHEN,
    Applicant,
    person_changed,
    unit_changed,
)


async def test_nobody_sees_anything_without_signing_in(trial: Trial) -> None:
    async with trial.client() as client:
        for path in ("/matters", "/matters/seal-use", "/units", "/drafts", "/requests"):
            refused = await client.get(path)
            assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


async def test_the_hall_lists_matters_of_six_categories(shen: Applicant) -> None:
    items = (await shen.client.get("/matters")).json()["items"]
    first = items[0]
    assert (first["key"], first["kind"], first["url"]) == ("seal-use", "flow", None)
    categories = {item["category"] for item in items}
    assert categories == {"公共服务", "人事服务", "外事服务", "行政办公", "IT服务", "数据分析"}
    assert not any(item["favourite"] for item in items)


async def test_favourites_come_first_in_their_order_and_are_ones_own(
    shen: Applicant, su: Applicant
) -> None:
    chosen = ["sms-accounts", "seal-use", "sms-accounts"]
    assert (await shen.client.put("/favourites", json={"keys": chosen})).status_code == 204
    items = (await shen.client.get("/matters")).json()["items"]
    assert [item["key"] for item in items if item["favourite"]] == ["sms-accounts", "seal-use"]
    assert [item["key"] for item in items[:2]] == ["sms-accounts", "seal-use"]
    others = (await su.client.get("/matters")).json()["items"]
    assert not any(item["favourite"] for item in others)
    await shen.client.put("/favourites", json={"keys": []})
    items = (await shen.client.get("/matters")).json()["items"]
    assert not any(item["favourite"] for item in items)


async def test_an_unknown_favourite_is_refused_and_nothing_changes(shen: Applicant) -> None:
    await shen.client.put("/favourites", json={"keys": ["seal-use"]})
    refused = await shen.client.put("/favourites", json={"keys": ["lectures", "nothing"]})
    assert refused.status_code == 422
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [
        ("keys.1", "unknown_matter")
    ]
    items = (await shen.client.get("/matters")).json()["items"]
    assert [item["key"] for item in items if item["favourite"]] == ["seal-use"]


async def test_a_matters_page_tells_who_is_responsible_and_for_whom(shen: Applicant) -> None:
    page = (await shen.client.get("/matters/seal-use")).json()
    assert page["responsible_unit"] == SEAL_OFFICE.name
    assert page["audience"] == ["教职工", "本科生", "研究生"]
    assert "严禁处理涉密业务" in page["description"][0]
    assert page["business_types"][0] == {"key": "research", "name": "科研类"}
    assert (page["handled_people"], page["visits"], page["visitors"]) == (0, 0, 0)


async def test_an_unknown_matter_is_not_found(shen: Applicant) -> None:
    for answer in (
        await shen.client.get("/matters/nothing"),
        await shen.client.post("/matters/nothing/visits"),
        await shen.client.post("/drafts", json={"matter": "nothing"}),
        await shen.client.post("/drafts", json={"matter": "lectures"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_matter")


async def test_visits_count_people_and_times(shen: Applicant, su: Applicant) -> None:
    for visitor in (shen, shen, su):
        visit = await visitor.client.post("/matters/seal-use/visits")
        assert visit.status_code == 204
    page = (await shen.client.get("/matters/seal-use")).json()
    assert (page["visits"], page["visitors"]) == (3, 2)


async def test_the_handled_are_people_whose_request_was_completed(
    trial: Trial, shen: Applicant, su: Applicant
) -> None:
    first, second = await shen.submitted(), await shen.submitted()
    await su.submitted()
    for request in (first, second):
        await trial.deliver(
            Completed(
                request_id=UUID(request["id"]),
                revision=1,
                number="YY2026-000001",
                title=request["title"],
                initiator=Person(**request["initiator"]),
                completed_at=AT,
            )
        )
    assert (await shen.client.get("/matters/seal-use")).json()["handled_people"] == 1


async def test_ones_own_units_come_first(shen: Applicant, su: Applicant) -> None:
    items = (await su.client.get("/units")).json()["items"]
    assert (items[0]["name"], items[0]["mine"]) == (ARTS.name, True)
    assert not any(item["mine"] for item in items[1:])
    assert (await shen.client.get("/units")).json()["items"][0]["name"] == MATHS.name


async def test_a_unit_without_a_seal_or_that_was_closed_cannot_apply(
    trial: Trial, shen: Applicant
) -> None:
    await trial.deliver(unit_changed(ARTS, active=False))
    names = [item["name"] for item in (await shen.client.get("/units")).json()["items"]]
    assert MATHS.name in names
    assert not {LABORATORY.name, ARTS.name} & set(names)


async def test_departments_are_those_that_serve_the_business_type(shen: Applicant) -> None:
    async def serving(business_type: str) -> list[str]:
        params = {"business_type": business_type}
        answer = await shen.client.get("/departments", params=params)
        return [item["name"] for item in answer.json()["items"]]

    assert await serving("research") == ["科研部"]
    assert await serving("education") == []
    unknown = await shen.client.get("/departments", params={"business_type": "secret"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_request")


async def test_a_person_who_changes_units_sees_the_new_one_first(
    trial: Trial, shen: Applicant
) -> None:
    await trial.deliver(person_changed(SHEN, (ARTS, Post.STAFF), (ARTS, Post.HEAD)))
    assert (await shen.client.get("/units")).json()["items"][0]["name"] == ARTS.name
    await trial.deliver(person_changed(SHEN, (ARTS, Post.STAFF), active=False))
    items = (await shen.client.get("/units")).json()["items"]
    assert not any(item["mine"] for item in items)


async def test_a_renamed_responsible_unit_shows_its_new_name(trial: Trial, shen: Applicant) -> None:
    renamed = SEAL_OFFICE.model_copy(update={"name": "印章管理办公室"})
    await trial.deliver(unit_changed(renamed, UnitKind.SEAL_OFFICE))
    page = (await shen.client.get("/matters/seal-use")).json()
    assert page["responsible_unit"] == "印章管理办公室"
