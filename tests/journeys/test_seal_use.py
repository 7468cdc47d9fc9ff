"""用印审批 from end to end, through the gateway, on whatever product the fixture gives."""

from collections.abc import AsyncIterator

import pytest

from demo import verbs
from demo.hall import Hall
from demo.script import Directory, Script
from demo.story import Story, tell
from demo.telling import expected
from shared.contracts.people import Post
from tests.conftest import Product


@pytest.fixture
async def story(product: Product) -> AsyncIterator[Story]:
    """Signed in as the applicant, nothing done yet."""
    async with Hall(product.url) as hall:
        story = Story(hall, Script.load(), Directory.load())
        await story.begin()
        yield story


async def test_a_request_goes_from_draft_to_sealed_sheet(product: Product) -> None:
    ending = await tell(product.url)
    assert ending.sheet.startswith(b"%PDF-")
    assert len(ending.seals) == 6
    assert ending.number


async def test_a_withdrawn_request_leaves_everyones_list_and_they_are_told(story: Story) -> None:
    await story.apply()
    office = await story.hall.signed_in(story.cast.office[0])
    task = await verbs.task(office, story.request_id)

    withdrawn = await verbs.withdraw(story.applicant, story.request_id)

    assert withdrawn.status == 201
    request = await verbs.request_reaches(story.applicant, story.request_id, status="withdrawn")
    assert request["may_withdraw"] is False
    to_do = await office.ask("GET", "/workflow/tasks?state=open&limit=100")
    assert story.request_id not in {row["request_id"] for row in to_do["items"]}
    names = story.directory.names(story.text.unit, Post.OFFICE_STAFF)
    await story.telling.step(story.applicant, "撤销", expected("withdrawn", *names))

    path = f"/workflow/tasks/{task['task_id']}/decision"
    body = {"verdict": "agree", "opinion": "", "countersign_unit_ids": []}
    late = await office.call("POST", path, body=body)
    assert late.status == 409
    assert late.body["code"] == "task_closed"
    assert late.body["request_status"] == "withdrawn"


async def test_a_returned_request_can_be_withdrawn_instead_of_corrected(story: Story) -> None:
    await story.apply()
    await story.is_returned()

    withdrawn = await verbs.withdraw(story.applicant, story.request_id)

    assert withdrawn.status == 201
    await verbs.request_reaches(story.applicant, story.request_id, status="withdrawn")
    again = await verbs.submit(story.applicant, story.draft)
    assert again.status == 409
    assert again.body["code"] == "not_editable"
    assert "withdrawn" in again.body.values()


async def test_an_urged_approver_is_told_and_a_second_urge_must_wait(story: Story) -> None:
    await story.apply()
    names = story.directory.names(story.text.unit, Post.OFFICE_STAFF)

    urged = await verbs.urge(story.applicant, story.request_id, ["unit_office"])

    assert urged.status == 201
    await story.telling.step(story.applicant, "催办", expected("urged", *names))
    await verbs.request_reaches(story.applicant, story.request_id, urged=True)
    office = await story.hall.signed_in(story.cast.office[0])
    assert (await verbs.task(office, story.request_id))["urged"] is True
    too_soon = await verbs.urge(story.applicant, story.request_id, ["unit_office"])
    assert too_soon.status == 409
    assert too_soon.body["code"] == "urged_too_soon"
    assert too_soon.body["retry_after_seconds"] > 0
