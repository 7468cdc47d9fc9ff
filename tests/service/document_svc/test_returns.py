"""作废 after the last approval: the sheet is void, the ledger tells, originals come back."""

from typing import Any

from shared.contracts.workflow import RequestVoided
from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import AUDITOR, INITIATOR, KEEPER, Story, sheets
from tests.service.document_svc.test_counter import ALL, approve, counts, entries, find, register
from tests.unit.document_svc.examples import SIGNED_AT, person


def voided(story: Story) -> RequestVoided:
    return RequestVoided(
        request_id=story.id,
        revision=story.revision,
        number="YY2026-000042",
        title="用印审批",
        by=person("薛瑜"),
        confirmed_by=person("邵旸"),
        reason="合同未能签订",
        initiator=person("沈芷珺"),
        voided_at=SIGNED_AT,
    )


async def take_back(trial: Trial, story: Story, who: User = KEEPER, **body: Any) -> Any:
    json = {"uses": [{"item": "university", "count": 2}], **body}
    async with trial.client(who) as client:
        return await client.post(f"/requests/{story.id}/returns", json=json)


async def sealed_and_voided(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    await register(trial, story)
    await trial.deliver(voided(story))


async def test_a_void_request_stands_in_the_ledger_and_is_void_for_everyone(
    trial: Trial, story: Story
) -> None:
    await sealed_and_voided(trial, story)
    [used, void] = await entries(trial, story)
    assert (used["kind"], void["kind"], void["reason"]) == ("use", "voided", "合同未能签订")
    assert (void["by"]["name"], void["confirmed_by"]["name"]) == ("薛瑜", "邵旸")
    [sheet] = await sheets(trial, story)
    async with trial.client() as anyone:
        public = (await anyone.get(f"/verifications/{sheet['verification_code']}")).json()
    assert (public["state"], bool(public["void_since"])) == ("void", True)
    assert (await find(trial, "YY2026-000042")).json()["state"] == "void"


async def test_the_same_news_twice_is_written_once(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    news = trial.envelope(voided(story))
    await trial.deliver(news, news)
    assert [entry["kind"] for entry in await entries(trial, story)] == ["voided"]


async def test_originals_that_come_back_are_written_down(trial: Trial, story: Story) -> None:
    await sealed_and_voided(trial, story)
    short = await take_back(trial, story)
    assert (short.status_code, short.json()["code"]) == (422, "reason_required")
    some = await take_back(trial, story, reason="其余待收回")
    assert (some.status_code, some.json()["kind"]) == (201, "returned")
    over = await take_back(trial, story, reason="又收回")
    assert (over.status_code, over.json()["code"]) == (422, "more_than_used")
    rest = await take_back(trial, story, uses=ALL[1:])
    assert counts(rest.json()) == [("president", 1), ("legal_certificate", 1)]
    nothing = await take_back(trial, story, uses=[])
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_registered")


async def test_what_is_returned_does_not_count_as_used(trial: Trial, story: Story) -> None:
    await sealed_and_voided(trial, story)
    await take_back(trial, story, uses=ALL)
    async with trial.client(AUDITOR) as client:
        sums = (await client.get("/ledger/statistics", params={"by": "seal"})).json()["items"]
    assert {each["name"]: each["count"] for each in sums} == {"校章": 2, "校长章": 1, "法人证书": 1}


async def test_originals_of_what_still_counts_are_not_taken_back(
    trial: Trial, story: Story
) -> None:
    await approve(trial, story)
    await register(trial, story)
    refused = await take_back(trial, story)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_void")
    await trial.deliver(voided(story))
    assert (await take_back(trial, story, INITIATOR)).json()["code"] == "not_seal_keeper"
