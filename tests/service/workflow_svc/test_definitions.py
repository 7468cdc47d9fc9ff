"""Definitions through the API: drafted, verified, published for good, chosen, retired."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from workflow_svc.flow import digest
from workflow_svc.models import FlowDefinition
from workflow_svc.published import FOLDER, publish_all

from shared.contracts import workflow as said
from shared.contracts.people import BusinessType
from tests.service.workflow_svc.hall import ADMIN, ADMINISTERED, AUDITOR, Hall
from tests.service.workflow_svc.test_attachments import decide, uploaded
from tests.unit.workflow_svc.world import FINANCE, GU, HE, LU, QIN, SHEN, STRANGER

DEFAULT = (FOLDER / "seal-use.toml").read_text(encoding="utf-8")
PATH = "/flow-definitions"


@pytest.fixture
def people() -> str:
    return ADMINISTERED


def definition(key: str = "seal-use", version: int = 3, head: str = "") -> str:
    text_ = DEFAULT.replace('key = "seal-use"', f'key = "{key}"')
    return text_.replace("version = 2", f"version = {version}\n{head}")


async def published(hall: Hall, text_: str, key: str, version: int) -> dict[str, Any]:
    await hall.post(PATH, ADMIN, {"text": text_})
    answer = await hall.ask("POST", f"{PATH}/{key}/{version}/verification", ADMIN)
    assert answer.json()["faults"] == []
    answer_: dict[str, Any] = await hall.post(f"{PATH}/{key}/{version}/publication", ADMIN)
    return answer_


async def test_a_draft_is_verified_published_and_new_requests_run_on_it(hall: Hall) -> None:
    old = await hall.submit()
    draft = await hall.post(PATH, ADMIN, {"text": definition()})
    assert (draft["state"], draft["by"], draft["faults"]) == ("draft", "管理员", [])
    refused = await hall.refused(f"{PATH}/seal-use/3/publication", ADMIN)
    assert refused == (409, "not_verified")
    await published(hall, definition(), "seal-use", 3)
    new = await hall.submit()
    started = {event.request_id: event.flow_version for event in await all_started(hall)}
    assert started == {old: 2, new: 3}
    listed = (await hall.get(PATH, AUDITOR))["items"]
    assert [(item["version"], item["state"], item["by"]) for item in listed] == [
        (3, "published", "管理员"),
        (2, "published", None),
    ]
    kept = await hall.get(f"{PATH}/seal-use/3", AUDITOR)
    assert kept["text"] == definition()
    assert len(kept["flow"]["edges"]) == 7
    assert (await hall.get(f"/requests/{old}/flow", SHEN))["version"] == 2


async def all_started(hall: Hall) -> list[said.Started]:
    return await hall.trial.published(said.Started)


async def test_a_faulty_draft_is_kept_with_its_faults_and_their_lines(hall: Hall) -> None:
    faulty = definition().replace('post = "head"', 'post = "emperor"')
    draft = await hall.post(PATH, ADMIN, {"text": faulty})
    (fault,) = draft["faults"]
    assert (fault["code"], fault["place"]) == ("D08", "unit_head.post")
    assert faulty.splitlines()[fault["line"] - 1] == 'post = "emperor"'
    answer = await hall.ask("POST", f"{PATH}/seal-use/3/verification", ADMIN)
    assert [fault["code"] for fault in answer.json()["faults"]] == ["D08"]
    assert await hall.refused(f"{PATH}/seal-use/3/publication", ADMIN) == (409, "not_verified")
    await hall.post(PATH, ADMIN, {"text": definition()})  # corrected: to be verified anew
    assert (await hall.get(f"{PATH}/seal-use/3", ADMIN))["faults"] == []


async def test_saving_a_verified_draft_again_makes_it_a_draft_again(hall: Hall) -> None:
    await hall.post(PATH, ADMIN, {"text": definition()})
    await hall.ask("POST", f"{PATH}/seal-use/3/verification", ADMIN)
    assert (await hall.get(f"{PATH}/seal-use/3", ADMIN))["state"] == "verified"
    await hall.post(PATH, ADMIN, {"text": definition()})
    assert (await hall.get(f"{PATH}/seal-use/3", ADMIN))["state"] == "draft"


@pytest.mark.parametrize(
    ("text_", "code"),
    [
        ("key = 3 4", "unreadable_flow"),
        ('name = "x"', "unreadable_flow"),
        (DEFAULT, "version_published"),
    ],
)
async def test_what_is_no_new_version_is_not_saved(hall: Hall, text_: str, code: str) -> None:
    _, refused = await hall.refused(PATH, ADMIN, {"text": text_})
    assert refused == code


async def test_departments_that_are_not_there_keep_it_from_being_published(hall: Hall) -> None:
    counsel = 'of = "unit_of_kind.legal_counsel"'
    gone = definition().replace(counsel, 'of = "unit.nowhere"')
    gone = gone.replace('place = "legal_counsel"\n', "")
    await hall.post(PATH, ADMIN, {"text": gone})
    answer = (await hall.ask("POST", f"{PATH}/seal-use/3/verification", ADMIN)).json()
    assert [(f["code"], f["place"]) for f in answer["faults"]] == [("D16", "legal_counsel.of")]
    assert {w["code"] for w in answer["warnings"]} == {"D17"}  # 财务部 has no office staff, …


async def test_only_administrators_write_and_only_overseers_read(hall: Hall) -> None:
    body = {"text": definition()}
    assert await hall.refused(PATH, AUDITOR, body) == (403, "administrators_only")
    assert (await hall.ask("GET", PATH, LU)).status_code == 403
    for path in ("verification", "publication", "retirement"):
        refused = await hall.refused(f"{PATH}/seal-use/2/{path}", AUDITOR)
        assert refused == (403, "administrators_only")
    assert (await hall.ask("POST", f"{PATH}/verification", AUDITOR, json=body)).status_code == 200


async def test_the_most_specific_flow_wins(hall: Hall) -> None:
    research = definition("of-research", 1, 'business_types = ["research"]')
    finance = definition("of-finance", 1, 'units = ["finance"]')
    await published(hall, research, "of-research", 1)
    await published(hall, finance, "of-finance", 1)
    key = "key"
    assert (await hall.get("/flows/general", SHEN))[key] == "seal-use"
    assert (await hall.get("/flows/research", SHEN))[key] == "of-research"
    of_unit = await hall.get("/flows/research", SHEN, params={"unit_id": str(FINANCE.id)})
    assert of_unit[key] == "of-finance"
    for changes in ({"business_type": BusinessType.GENERAL}, {}, {"unit": FINANCE}):
        await hall.submit(**changes)
    assert [event.flow for event in await all_started(hall)] == [
        "seal-use",
        "of-research",
        "of-finance",
    ]


async def test_a_retired_flow_takes_no_new_requests_and_keeps_its_own(hall: Hall) -> None:
    assert await hall.refused(f"{PATH}/seal-use/2/retirement", ADMIN) == (409, "last_flow")
    research = definition("of-research", 1, 'business_types = ["research"]')
    await published(hall, research, "of-research", 1)
    assert await hall.refused(f"{PATH}/seal-use/2/retirement", ADMIN) == (409, "last_flow")
    on_it = await hall.submit()
    await hall.post(f"{PATH}/of-research/1/retirement", ADMIN)
    await hall.submit()
    assert [event.flow for event in await all_started(hall)] == ["of-research", "seal-use"]
    assert (await hall.get(f"/requests/{on_it}/flow", SHEN))["flow"] == "of-research"


async def test_a_draft_can_be_thrown_away_and_what_is_published_cannot(hall: Hall) -> None:
    await hall.post(PATH, ADMIN, {"text": definition()})
    assert (await hall.ask("DELETE", f"{PATH}/seal-use/3", ADMIN)).status_code == 204
    assert (await hall.ask("DELETE", f"{PATH}/seal-use/2", ADMIN)).status_code == 404


async def test_a_flow_published_under_fewer_rules_runs_on_and_tells_what_it_breaks(
    hall: Hall,
) -> None:
    body = definition().replace('of = "unit_of_kind.seal_office"', 'of = "form.unit"')
    async with hall.trial.runtime.transaction() as tx:
        tx.session.add(
            FlowDefinition(
                key="seal-use",
                version=3,
                matter="seal-use",
                body=body,
                sha256=digest(body),
                published_at=tx.now,
                published_by="管理员",
            )
        )
    async with hall.trial.runtime.transaction() as tx:
        assert ("seal-use", 3) in await publish_all(tx)  # as each start does
    on_it = await hall.submit()
    assert (await hall.get(f"/requests/{on_it}/flow", SHEN))["version"] == 3
    shown = await hall.get(f"{PATH}/seal-use/3", AUDITOR)
    assert shown["flow"] is not None
    assert "D37" in {fault["code"] for fault in shown["faults"]}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE flow_definitions SET body = 'x'",
        "UPDATE flow_definitions SET version = 9",
        "DELETE FROM flow_definitions",
    ],
)
async def test_the_database_itself_keeps_what_was_published(hall: Hall, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with hall.trial.runtime.database.session() as session:
            await session.execute(text(statement))


async def test_choices_copies_and_rules_work_through_the_service(hall: Hall) -> None:
    rule = (
        '[[countersign]]\nwhen = "form.seals.university > 1"\ncondition = "两次以上"\n'
        'units = ["finance"]\n'
    )
    copy = (
        '[[nodes]]\nid = "tell"\nname = "抄送财务"\nkind = "copy"\npost = "staff"\n'
        'of = "unit.finance"\nnext = "approving_department"\n'
    )
    text_ = definition().replace("[[nodes]]", f"{rule}[[nodes]]", 1)
    text_ = text_.replace('next = "approving_department"', 'next = "tell"') + copy
    await published(hall, text_, "seal-use", 3)
    request_id = await hall.submit()
    await hall.agree(LU, QIN)
    (copied,) = await hall.trial.published(said.Copied)
    assert (copied.people, copied.by) == ((STRANGER,), None)
    await hall.get(f"/requests/{request_id}/record", STRANGER)
    await hall.agree(HE)
    assert await hall.get("/tasks/count", GU) == {"open": 1}
    states = {
        node["id"]: node["state"]
        for node in (await hall.get(f"/requests/{request_id}/flow", SHEN))["nodes"]
    }
    assert (states["tell"], states["countersign"]) == ("done", "current")


async def test_what_was_attached_is_carried_over_straight_back_and_again(hall: Hall) -> None:
    of_department = 'of = "form.approving_department"'
    straight = f'{of_department}\nafter_return = "straight_back"'
    await published(hall, definition().replace(of_department, straight), "seal-use", 3)
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    attached = await uploaded(hall, task, LU)
    assert (await decide(hall, task, LU, attached)).status_code == 201
    await hall.agree(QIN)
    for revision in (2, 3):
        await hall.decide(HE, "return", "请补一份附件")
        await hall.submit(request_id, revision=revision)
        events = await hall.trial.published(said.Decided)
        carried = [event for event in events if event.revision == revision]
        assert [(event.by, len(event.attachments)) for event in carried] == [(LU, 1), (QIN, 0)]
        items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
        rows = [i for i in items if i["kind"] == "carried_over" and i["revision"] == revision]
        assert [[file["id"] for file in row["attachments"]] for row in rows] == [[attached], []]
    path = f"/requests/{request_id}/attachments/{attached}"
    assert (await hall.ask("GET", path, HE)).status_code == 200
