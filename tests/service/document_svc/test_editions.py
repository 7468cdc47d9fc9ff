"""Any number of countersigning departments, and opinions of any length: more pages, all signed."""

import re
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from document_svc.models import Sheet, SheetEdition, Signature
from sqlalchemy import select

from shared.contracts.document import Sealed
from shared.contracts.people import UnitKind
from shared.contracts.workflow import OpinionPlace
from shared.testing import Trial
from tests.service.document_svc.conftest import Story, sheet_pdf, sheets, unit_changed
from tests.service.document_svc.test_sealing import signed_and_valid
from tests.unit.document_svc.examples import text_of

LONG = ("经审核，该合同条款、经费来源与知识产权归属符合学校规定，请按程序办理，" * 40)[:1000]


async def kept(trial: Trial) -> tuple[Sheet, list[SheetEdition]]:
    async with trial.runtime.database.session() as session:
        sheet = (await session.scalars(select(Sheet))).one()
        return sheet, list(await session.scalars(select(SheetEdition)))


@pytest.mark.parametrize("count", [5, 13])
async def test_any_number_of_departments_countersign(
    trial: Trial, story: Story, count: int
) -> None:
    names = [f"第{n}职能部门" for n in range(1, count + 1)]
    await trial.deliver(*(unit_changed(name) for name in names), story.submitted())
    await trial.deliver(
        story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院", opinion="学院同意。"),
        story.agreed(OpinionPlace.APPROVING_DEPARTMENT, "科研部", countersigners=names),
        *(story.agreed(OpinionPlace.COUNTERSIGN, name) for name in reversed(names)),
        story.agreed(OpinionPlace.LEGAL_COUNSEL, "校长法律顾问办公室"),
        story.approved(),
    )
    assert await trial.waiting() == []
    pdf = (await sheet_pdf(trial, story)).content
    assert await signed_and_valid(trial, pdf) == count + 4
    found = text_of(pdf)
    assert f"会签部门共{count}个" in found
    assert found.count("学院同意。") == 1
    # Sealed once each, whatever was typeset anew: one signature kept, one event told, a decision.
    assert await trial.count(Signature) == count + 4
    assert len(await trial.published(Sealed)) == count + 4
    sheet, editions = await kept(trial)
    assert (sheet.edition, len(editions)) == (2, 1)
    [item] = await sheets(trial, story)
    with pikepdf.open(BytesIO(pdf)) as document:
        assert item["pages"] == len(document.pages) == sheet.pages
        order = [str(field.T) for field in document.Root.AcroForm.Fields]
    assert order.index("countersign-1") < order.index(f"countersign-{count}")


async def test_the_edition_before_is_kept_and_stays_valid(trial: Trial, story: Story) -> None:
    names = [f"第{n}职能部门" for n in range(1, 7)]
    await trial.deliver(*(unit_changed(name) for name in names), story.submitted())
    await trial.deliver(story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"))
    before = (await sheet_pdf(trial, story)).content
    await trial.deliver(
        story.agreed(OpinionPlace.APPROVING_DEPARTMENT, "科研部", countersigners=names)
    )
    _, [edition] = await kept(trial)
    assert await trial.runtime.files.read(edition.sha256) == before
    assert await signed_and_valid(trial, before) == 1
    assert await signed_and_valid(trial, (await sheet_pdf(trial, story)).content) == 2


@pytest.mark.parametrize("countersigners", [1, 4, 6])
async def test_opinions_of_a_thousand_characters_are_whole_and_readable(
    trial: Trial, story: Story, countersigners: int
) -> None:
    names = [f"第{n}职能部门" for n in range(1, countersigners + 1)]
    await trial.deliver(*(unit_changed(name) for name in names), story.submitted())

    def said(place: OpinionPlace, name: str, **more: Any) -> Any:
        return story.agreed(place, name, opinion=f"{name}：{LONG}"[:1000], **more)

    await trial.deliver(
        said(OpinionPlace.APPLYING_UNIT, "计算机学院"),
        said(OpinionPlace.APPROVING_DEPARTMENT, "科研部", countersigners=names),
        *(said(OpinionPlace.COUNTERSIGN, name) for name in names),
        said(OpinionPlace.LEGAL_COUNSEL, "校长法律顾问办公室"),
        story.approved(),
    )
    assert await trial.waiting() == []
    pdf = (await sheet_pdf(trial, story)).content
    assert await signed_and_valid(trial, pdf) == countersigners + 4
    found = text_of(pdf)
    for name in ("计算机学院", "科研部", *names, "校长法律顾问办公室"):
        whole = f"{name}：{LONG}"[:1000]
        assert whole in found or whole[:900] in without_page_edges(found), name
    assert await trial.count(Signature) == countersigners + 4


async def test_a_sheet_that_grows_before_it_has_any_seal(trial: Trial, story: Story) -> None:
    await trial.deliver(
        story.submitted(), story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院", opinion=LONG)
    )
    sheet, editions = await kept(trial)
    assert (sheet.edition, len(editions)) == (2, 1)
    pdf = (await sheet_pdf(trial, story)).content
    assert await signed_and_valid(trial, pdf) == 1
    assert LONG in text_of(pdf)


async def test_who_names_many_without_a_place_of_its_own(trial: Trial, story: Story) -> None:
    names = [f"第{n}职能部门" for n in range(1, 6)]
    await trial.deliver(*(unit_changed(name) for name in names), story.submitted())
    await trial.deliver(story.agreed(None, "科研部", countersigners=names))
    sheet, _ = await kept(trial)
    assert sheet.edition == 2
    await trial.deliver(story.agreed(OpinionPlace.COUNTERSIGN, names[4]))
    assert await signed_and_valid(trial, (await sheet_pdf(trial, story)).content) == 1


async def test_departments_that_are_named_again_change_nothing(trial: Trial, story: Story) -> None:
    """Every agreement says who is to countersign so far: by a rule, from the first one on."""
    names = [f"第{n}职能部门" for n in range(1, 6)]
    await trial.deliver(*(unit_changed(name) for name in names), story.submitted())
    await trial.deliver(
        story.agreed(None, "计算机学院", countersigners=names),
        story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院", countersigners=names),
        *(story.agreed(OpinionPlace.COUNTERSIGN, name, countersigners=names) for name in names),
    )
    assert await trial.waiting() == []
    sheet, _ = await kept(trial)
    assert sheet.edition == 2
    assert await signed_and_valid(trial, (await sheet_pdf(trial, story)).content) == 6


async def test_who_acts_for_another_is_named_on_the_sheet(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), unit_changed("计算机学院", UnitKind.SCHOOL))
    decided = story.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院")
    acting = decided.model_copy(
        update={"on_behalf_of": decided.by.model_copy(update={"name": "院长"})}
    )
    await trial.deliver(story.ordered(acting))
    assert "计算机学院的审批人（代院长）" in text_of((await sheet_pdf(trial, story)).content)


def without_page_edges(text: str) -> str:
    """The text as one, without what each page repeats."""
    repeated = re.compile(
        r"受理号SL2026-000139·第1次提交查验码\w{26}第\d+页/共\d+页"
        r"(澄岚大学用印审批表（续）受理号：SL2026-000139)?"
    )
    return repeated.sub("", text)
