"""作废 after the last approval: the sheet counts no more, whenever it is asked for."""

from shared.contracts.document import Voided, VoidReason
from shared.contracts.people import Person
from shared.contracts.workflow import RequestVoided
from shared.database import new_id
from shared.testing import Trial
from tests.service.document_svc.conftest import INITIATOR, KEEPER, Story
from tests.unit.document_svc.examples import SIGNED_AT, person


async def test_the_sheet_of_a_voided_request_is_void(trial: Trial) -> None:
    story = Story(new_id())
    await trial.deliver(story.submitted())
    voided = RequestVoided(
        request_id=story.id,
        revision=story.revision,
        number="YY2026-000001",
        title="用印审批",
        by=Person(id=KEEPER.id, name=KEEPER.name),
        confirmed_by=person("孟怀瑾"),
        reason="材料与实际不符",
        initiator=Person(id=INITIATOR.id, name=INITIATOR.name),
        voided_at=SIGNED_AT,
    )
    await trial.deliver(voided)
    (told,) = await trial.published(Voided)
    assert (told.request_id, told.reason) == (story.id, VoidReason.VOIDED)
