"""暂存: at any moment, however little there is, and never over somebody else's words."""

import asyncio
from typing import Any

from request_svc.models import File, Request

from shared.database import new_id
from shared.testing import Trial
from tests.service.request_svc.office import Applicant, returned, same_refusal


async def test_a_new_draft_is_empty_and_remembers_its_business_type(shen: Applicant) -> None:
    draft = await shen.start("general")
    assert (draft["state"], draft["version"], draft["business_type"]) == ("draft", 1, "general")
    assert draft["form"]["materials"] == []
    assert draft["form"]["unit_id"] is None
    assert draft["form"]["seals"]["president"] == {"count": None, "place": None}
    assert (draft["files"], draft["tracking_number"], draft["returned"]) == ([], None, None)


async def test_a_draft_may_be_started_before_anything_is_chosen(shen: Applicant) -> None:
    assert (await shen.start(None))["business_type"] is None


async def test_half_a_form_is_kept_as_it_is(shen: Applicant) -> None:
    draft = await shen.start()
    half = {
        "applicant_mobile": "138",
        "materials": [{"row_id": "a", "name": "任务书"}, {"row_id": "b", "copies": 0}],
        "seals": {"university": {"place": "第1项"}},
    }
    saved = (await shen.save(draft, half, None)).json()
    assert (saved["version"], saved["business_type"]) == (2, None)
    kept = await shen.draft(draft["id"])
    assert kept == saved
    assert kept["form"]["applicant_mobile"] == "138"
    assert [row["name"] for row in kept["form"]["materials"]] == ["任务书", None]
    assert kept["form"]["seals"]["university"] == {"count": None, "place": "第1项"}


async def test_the_version_is_also_the_etag(shen: Applicant) -> None:
    draft = await shen.start()
    answer = await shen.client.get(f"/drafts/{draft['id']}")
    assert answer.headers["ETag"] == '"1"'
    assert (await shen.save(draft, {})).headers["ETag"] == '"2"'


async def test_a_draft_changed_elsewhere_is_not_overwritten(shen: Applicant) -> None:
    seen = await shen.start()
    await shen.save(seen, {"applicant_name": "沈知君"})
    refused = await shen.save(seen, {"applicant_name": "别人"})
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_changed_elsewhere")
    assert refused.json()["version"] == 2
    assert (await shen.draft(seen["id"]))["form"]["applicant_name"] == "沈知君"


async def test_of_two_saves_at_once_one_wins(shen: Applicant) -> None:
    seen = await shen.start()
    answers = await asyncio.gather(
        *(shen.save(seen, {"applicant_name": name}) for name in ("甲", "乙", "丙"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await shen.draft(seen["id"]))["version"] == 2


async def test_drafts_are_listed_by_when_they_were_saved(shen: Applicant) -> None:
    first, second = await shen.start(), await shen.start(None)
    await shen.save(first, {"materials": [{"name": "任务书"}, {"name": "预算"}]})
    items = (await shen.client.get("/drafts")).json()["items"]
    assert [item["id"] for item in items] == [first["id"], second["id"]]
    assert [item["title"] for item in items] == ["科研类用印申请（任务书 等2项）", "用印申请"]
    assert items[0]["state"] == "draft"


async def test_the_list_goes_on_where_the_last_page_ended(shen: Applicant) -> None:
    made = [(await shen.start())["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await shen.client.get("/drafts", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        await shen.start()  # what comes meanwhile neither shifts nor repeats a row
    assert seen == made[::-1]


async def test_a_discarded_draft_is_gone_with_its_files(trial: Trial, shen: Applicant) -> None:
    draft = await shen.prepared()
    assert (await shen.client.delete(f"/drafts/{draft['id']}")).status_code == 204
    assert (await shen.client.get(f"/drafts/{draft['id']}")).status_code == 404
    assert (await shen.client.delete(f"/drafts/{draft['id']}")).status_code == 404
    assert (await trial.count(Request), await trial.count(File)) == (0, 0)


async def test_what_was_ever_submitted_is_not_discarded(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    refused = await shen.client.delete(f"/drafts/{request['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_submitted")
    assert refused.json()["request_status"] == "in_progress"
    assert refused.json()["status"] == 409
    await trial.deliver(returned(request))
    assert (await shen.client.delete(f"/drafts/{request['id']}")).status_code == 409


async def test_someone_elses_draft_cannot_be_told_from_none(
    shen: Applicant, su: Applicant, xue: Applicant
) -> None:
    theirs = await shen.prepared()
    absent = {**theirs, "id": str(new_id())}
    file_id = theirs["files"][0]["id"]
    for stranger in (su, xue):
        for path in ("", f"/files/{file_id}"):
            assert same_refusal(
                await stranger.client.get(f"/drafts/{theirs['id']}{path}"),
                await stranger.client.get(f"/drafts/{absent['id']}{path}"),
            )
        for act in (stranger.upload, stranger.submit):
            assert same_refusal(await act(theirs), await act(absent))
        assert same_refusal(await stranger.save(theirs, {}), await stranger.save(absent, {}))
        assert same_refusal(
            await stranger.client.delete(f"/drafts/{theirs['id']}"),
            await stranger.client.delete(f"/drafts/{absent['id']}"),
        )
        assert (await stranger.submit(theirs)).status_code == 404
        assert (await stranger.client.get("/drafts")).json()["items"] == []
    assert await shen.draft(theirs["id"]) == theirs
