"""The directory as the service keeps it: imported again and again, it tells what changed."""

from pathlib import Path

import pytest
from workflow_svc import reconsidering
from workflow_svc.directory import BadDirectory
from workflow_svc.importing import import_folder

from shared.contracts.directory import PersonChanged, UnitChanged
from shared.contracts.workflow import TaskAssigned
from tests.service.workflow_svc.hall import PEOPLE, UNITS, Hall, directory_folder
from tests.unit.workflow_svc.world import COMPUTING, LU, QIN, STRANGER


async def told(hall: Hall, kind: type) -> list[str]:
    return [event.name for event in await hall.trial.published(kind)]


async def import_again(
    hall: Hall, tmp_path: Path, *, units: str = UNITS, people: str = PEOPLE
) -> None:
    await import_folder(hall.trial.runtime, directory_folder(tmp_path, units=units, people=people))


async def test_the_first_import_tells_everything(hall: Hall) -> None:
    assert len(await told(hall, UnitChanged)) == 6
    people = await hall.trial.published(PersonChanged)
    assert len(people) == 13
    qin = next(person for person in people if person.person_id == QIN.id)
    assert [(held.unit, held.post.value) for held in qin.posts] == [(COMPUTING, "head")]


async def test_importing_the_same_again_tells_nothing(hall: Hall, tmp_path: Path) -> None:
    before = len(await hall.trial.published())
    await import_again(hall, tmp_path)
    assert len(await hall.trial.published()) == before


async def test_only_what_changed_is_told(hall: Hall, tmp_path: Path) -> None:
    before = len(await hall.trial.published())
    people = PEOPLE.replace("computing:head", "computing:head|computing:staff")
    people = people.replace("路人,,,", "路人,13900000000,,")
    await import_again(hall, tmp_path, people=people)
    later = (await hall.trial.published())[before:]
    assert sorted(event.name for event in later) == sorted([QIN.name, STRANGER.name])


async def test_a_renamed_unit_is_told_with_those_who_hold_a_post_there(
    hall: Hall, tmp_path: Path
) -> None:
    before = len(await hall.trial.published())
    await import_again(hall, tmp_path, units=UNITS.replace("财务部", "财务与资产部"))
    later = (await hall.trial.published())[before:]
    assert [event.name for event in later] == ["财务与资产部", "顾菁", "路人", "解敬安"]


async def test_who_is_in_the_file_no_more_has_left(hall: Hall, tmp_path: Path) -> None:
    people = PEOPLE.replace("stranger,路人,,,finance:staff\n", "")
    await import_again(hall, tmp_path, people=people)
    gone = (await hall.trial.published(PersonChanged))[-1]
    assert (gone.name, gone.active, gone.posts) == (STRANGER.name, False, ())


async def test_a_bad_file_imports_nothing_and_says_where(hall: Hall, tmp_path: Path) -> None:
    before = len(await hall.trial.published())
    people = PEOPLE.replace("路人", "新人").replace("computing:head", "computing:emperor")
    with pytest.raises(BadDirectory, match=r"people\.csv, line 5, column posts"):
        await import_again(hall, tmp_path, people=people)
    assert len(await hall.trial.published()) == before


async def test_a_task_without_anyone_is_blocked_until_the_post_is_filled(
    hall: Hall, tmp_path: Path
) -> None:
    await import_again(hall, tmp_path, people=PEOPLE.replace("computing:head", "computing:staff"))
    request_id = await hall.submit()
    answer = await hall.decide(LU)
    assert answer.json()["waiting"] == [{"id": "unit_head", "name": "申请部门意见"}]
    items = (await hall.get(f"/requests/{request_id}/record", LU))["items"]
    assert [item["kind"] for item in items] == ["submitted", "decided", "blocked", "waiting"]
    assert items[-1]["people"] == []

    await reconsidering.run(hall.trial.runtime)
    assert await hall.get("/tasks/count", QIN) == {"open": 0}

    await import_again(hall, tmp_path)
    await reconsidering.run(hall.trial.runtime)
    assigned = (await hall.trial.published(TaskAssigned))[-1]
    assert [person.name for person in assigned.assignees] == [QIN.name]
    await hall.agree(QIN)


async def test_when_all_who_were_asked_have_left_their_successor_is_asked(
    hall: Hall, tmp_path: Path
) -> None:
    await hall.submit()
    people = PEOPLE.replace("computing:office_staff", "computing:staff")
    people = people.replace("finance:staff", "computing:office_staff")
    await import_again(hall, tmp_path, people=people)
    late = await hall.decide(LU)
    assert late.status_code == 404
    await reconsidering.run(hall.trial.runtime)
    assert await hall.get("/tasks/count", LU) == {"open": 0}
    await hall.agree(STRANGER)
