"""The directory in administrators' hands: who may, what follows, what is written down."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from workflow_svc import reconsidering
from workflow_svc.directory import person_id, unit_id
from workflow_svc.importing import import_folder

from shared.contracts.directory import PersonChanged, UnitChanged
from shared.contracts.people import Person
from shared.database import new_id
from tests.service.workflow_svc.hall import AUDITOR, PEOPLE, UNITS, Hall, directory_folder
from tests.unit.workflow_svc.world import (
    BAI,
    COMPUTING,
    FINANCE,
    LU,
    QIN,
    SEAL_OFFICE,
    SHEN,
    STRANGER,
    XUE,
    person,
)

TIAN = person("tian", "田秩")
WITH_TIAN = PEOPLE + "tian,田秩,,,seal-office:administrator\n"


@pytest.fixture
async def office(hall: Hall, tmp_path: Path) -> Hall:
    """The hall, with an administrator."""
    await import_folder(hall.trial.runtime, directory_folder(tmp_path, people=WITH_TIAN))
    return hall


async def do(hall: Hall, method: str, path: str, by: Person = TIAN, **body: Any) -> httpx.Response:
    return await hall.ask(method, f"/directory{path}", by, json=body or None)


def at(unit: Any, post: str) -> dict[str, str]:
    return {"unit_id": str(unit.id), "post": post}


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_only_administrators_touch_the_directory(office: Hall) -> None:
    person_ = {"name": "新人", "posts": []}
    unit = {"name": "新单位", "kind": "school"}
    files = {"units": UNITS, "people": WITH_TIAN}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/people", {}),
        ("GET", f"/people/{LU.id}", {}),
        ("POST", "/people", {"login": "new", **person_}),
        ("PUT", f"/people/{LU.id}", person_),
        ("POST", f"/people/{LU.id}/departure", {}),
        ("GET", "/units", {}),
        ("POST", "/units", {"code": "new", **unit}),
        ("PUT", f"/units/{FINANCE.id}", unit),
        ("POST", "/import/preview", files),
        ("POST", "/import", files),
        ("GET", "/changes", {}),
    ]
    before = len(await office.trial.published())
    for by in (SHEN, XUE, AUDITOR):
        for method, path, body in calls:
            refused = await do(office, method, path, by, **body)
            assert problem(refused) == (403, "administrators_only"), path
    assert len(await office.trial.published()) == before


async def test_people_are_looked_up(office: Hall) -> None:
    async def logins(**params: Any) -> list[str]:
        page = await office.get("/directory/people", TIAN, params=params)
        return [entry["login"] for entry in page["items"]]

    assert await logins(q="秦明") == ["qin"]
    assert await logins(q="1380000") == ["shen"]
    assert await logins(unit_id=str(COMPUTING.id), post="office_staff") == ["bai", "lu"]
    assert await logins(active=False) == []
    page = await office.get("/directory/people", TIAN, params={"limit": 5})
    rest = await office.get("/directory/people", TIAN, params={"cursor": page["next"]})
    assert rest["next"] is None
    seen = [entry["login"] for entry in page["items"] + rest["items"]]
    assert seen == sorted(seen)
    assert len(seen) == 14
    (found,) = (await office.get("/directory/units", TIAN, params={"q": "科研"}))["items"]
    assert (found["code"], found["approves"]) == ("research", ["research", "general"])


async def test_a_person_is_added_and_can_act_at_once(office: Hall) -> None:
    body = {
        "login": "wei",
        "name": "魏来",
        "mobile": "13900000009",
        "email": "wei@example.edu",
        "posts": [at(COMPUTING, "office_staff")],
    }
    added = await do(office, "POST", "/people", **body)
    assert added.status_code == 201
    assert added.json()["posts"] == [
        {"unit": {"id": str(COMPUTING.id), "name": "计算机学院"}, "post": "office_staff"}
    ]
    told = (await office.trial.published(PersonChanged))[-1]
    assert (told.person_id, told.login, told.active) == (person_id("wei"), "wei", True)
    await office.submit()
    await office.agree(Person(id=person_id("wei"), name="魏来"))
    assert problem(await do(office, "POST", "/people", **body)) == (409, "login_taken")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"login": "Wei"}, "login"),
        ({"mobile": "12ab"}, "mobile"),
        ({"email": "nowhere"}, "email"),
        ({"name": " "}, "name"),
        ({"posts": [{"unit_id": str(COMPUTING.id), "post": "emperor"}]}, "posts.0.post"),
        ({"active": False}, "active"),
    ],
)
async def test_what_is_wrong_with_a_person_is_named(
    office: Hall, wrong: dict[str, Any], field: str
) -> None:
    answer = await do(office, "POST", "/people", **({"login": "wei", "name": "魏来"} | wrong))
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_post_is_in_a_unit_that_exists(office: Hall) -> None:
    nowhere = {"unit_id": str(new_id()), "post": "staff"}
    answer = await do(office, "POST", "/people", login="wei", name="魏来", posts=[nowhere])
    assert problem(answer) == (422, "unknown_unit")


async def test_who_has_left_leaves_no_task_behind(office: Hall) -> None:
    """In the very transaction: nothing waits for a job to notice."""
    request_id = await office.submit()
    await office.agree(LU)
    answer = await do(office, "POST", f"/people/{QIN.id}/departure")
    assert (answer.status_code, answer.json()) == (201, {"requests": 1})
    items = (await office.get(f"/requests/{request_id}/record", LU))["items"]
    assert [item["kind"] for item in items][-2:] == ["blocked", "waiting"]
    assert await office.get("/tasks/count", QIN) == {"open": 0}
    told = (await office.trial.published(PersonChanged))[-1]
    assert (told.person_id, told.active, told.posts) == (QIN.id, False, ())
    gone = await office.get(f"/directory/people/{QIN.id}", TIAN)
    assert (gone["active"], gone["posts"]) == (False, [])

    head = [at(COMPUTING, "head")]
    back = await do(office, "PUT", f"/people/{STRANGER.id}", name="路人", posts=head)
    assert back.status_code == 200
    await reconsidering.run(office.trial.runtime)
    await office.agree(STRANGER)


async def test_a_group_goes_on_without_who_has_left(office: Hall) -> None:
    await office.submit()
    task = await office.task_of(LU)
    await do(office, "POST", f"/people/{LU.id}/departure")
    assert (await office.decide(LU, task=task)).status_code == 404
    await office.agree(BAI)


async def test_who_comes_back_is_active_again(office: Hall) -> None:
    await do(office, "POST", f"/people/{LU.id}/departure")
    back = await do(office, "PUT", f"/people/{LU.id}", name="陆昆", posts=[at(COMPUTING, "staff")])
    assert back.json()["active"] is True
    kinds = [deed["kind"] for deed in (await office.get("/directory/changes", TIAN))["items"]]
    assert kinds == ["person_came_back", "person_left"]


async def test_there_is_always_an_administrator(office: Hall) -> None:
    for answer in (
        await do(office, "POST", f"/people/{TIAN.id}/departure"),
        await do(office, "PUT", f"/people/{TIAN.id}", name="田秩", posts=[]),
        await do(office, "POST", "/import", units=UNITS, people=PEOPLE),
    ):
        assert problem(answer) == (409, "last_administrator")
    assert (await office.get(f"/directory/people/{TIAN.id}", TIAN))["active"] is True


async def test_units_are_added_and_changed(office: Hall) -> None:
    added = await do(
        office,
        "POST",
        "/units",
        code="arts",
        name="文学院",
        kind="school",
        seal_text="某大学文学院",
    )
    assert added.status_code == 201
    told = (await office.trial.published(UnitChanged))[-1]
    assert (told.unit_id, told.has_seal, told.active) == (unit_id("arts"), True, True)
    again = await do(office, "POST", "/units", code="arts", name="别的", kind="school")
    assert problem(again) == (409, "code_taken")

    before = len(await office.trial.published())
    renamed = await do(
        office, "PUT", f"/units/{FINANCE.id}", name="财务与资产部", kind="department"
    )
    assert renamed.json()["name"] == "财务与资产部"
    later = (await office.trial.published())[before:]
    assert later[0].name == "财务与资产部"
    assert {event.name for event in later[1:]} == {"顾菁", "路人", "解敬安"}


async def test_there_is_one_seal_office(office: Hall) -> None:
    second = await do(office, "POST", "/units", code="two", name="又一个", kind="seal_office")
    closed = await do(
        office,
        "PUT",
        f"/units/{SEAL_OFFICE.id}",
        name="督查室",
        kind="seal_office",
        active=False,
    )
    assert problem(second) == problem(closed) == (409, "one_of_a_kind")
    unknown = await do(office, "PUT", f"/units/{new_id()}", name="x", kind="school")
    assert unknown.status_code == 404


async def test_an_import_is_looked_at_before_it_is_done(office: Hall) -> None:
    people = WITH_TIAN.replace("bai,白露,,,computing:office_staff\n", "").replace("路人", "鲁仁")
    people += "wei,魏来,,,arts:staff\n"
    files = {"units": UNITS + "arts,文学院,school,,\n", "people": people}
    before = len(await office.trial.published())
    looked = (await do(office, "POST", "/import/preview", **files)).json()
    assert (looked["added"], looked["changed"], looked["left"]) == (2, 1, 1)
    changes = {(one["kind"], one["change"], one["key"]) for one in looked["changes"]}
    assert changes == {
        ("unit", "added", "arts"),
        ("person", "added", "wei"),
        ("person", "changed", "stranger"),
        ("person", "left", "bai"),
    }
    assert len(await office.trial.published()) == before
    assert (await office.get("/directory/changes", TIAN))["items"] == []

    done = await do(office, "POST", "/import", **files)
    assert (done.status_code, done.json()) == (201, looked)
    assert len(await office.trial.published()) == before + 4
    (deed,) = (await office.get("/directory/changes", TIAN))["items"]
    assert (deed["kind"], deed["by"], deed["detail"]) == ("imported", "田秩", {"changes": 4})


async def test_bad_files_are_refused_whole_with_every_flaw(office: Hall) -> None:
    people = WITH_TIAN.replace("computing:head", "computing:emperor").replace("shen@", "shen.")
    answer = await do(office, "POST", "/import", units=UNITS, people=people)
    assert problem(answer) == (422, "directory_unreadable")
    flaws = {(error["field"], error["code"]) for error in answer.json()["errors"]}
    assert flaws == {
        ("people.csv:5:posts", "unknown_post"),
        ("people.csv:2:email", "no_address"),
    }


async def test_a_restart_does_not_undo_what_administrators_did(
    office: Hall, tmp_path: Path
) -> None:
    await do(office, "POST", f"/people/{STRANGER.id}/departure")
    await do(office, "POST", "/people", login="wei", name="魏来")
    await import_folder(office.trial.runtime, directory_folder(tmp_path, people=WITH_TIAN))
    assert (await office.get(f"/directory/people/{STRANGER.id}", TIAN))["active"] is False
    assert (await office.get(f"/directory/people/{person_id('wei')}", TIAN))["active"] is True


async def test_every_deed_is_written_down_with_what_is_different(office: Hall) -> None:
    await do(office, "PUT", f"/people/{LU.id}", name="陆琨", posts=[at(COMPUTING, "staff")])
    page = await office.get("/directory/changes", TIAN, params={"limit": 1})
    (deed,) = page["items"]
    assert (deed["kind"], deed["by"], deed["subject"]) == ("person_changed", "田秩", "陆琨")
    assert deed["detail"] == {
        "name": {"old": "陆昆", "new": "陆琨"},
        "posts": {
            "old": [f"{COMPUTING.id}:office_staff"],
            "new": [f"{COMPUTING.id}:staff"],
        },
    }
