"""What workflow-svc orders of document-svc."""

from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Approved, Decided
from shared.database import new_id
from shared.seal_order import SealOrderVerifier, form_digest, order_of
from tests.service.workflow_svc.hall import Hall, submission
from tests.unit.workflow_svc import world


async def submitted(hall: Hall) -> RequestSubmitted:
    event = submission(new_id(), horizontal_contract=True)
    await hall.trial.deliver(event)
    return event


def verifier(hall: Hall) -> SealOrderVerifier:
    private = hall.trial.runtime.settings.seal_order_private_key
    return SealOrderVerifier(private.with_name("seal-orders.pub.pem"))


async def test_every_agreement_that_is_to_appear_on_the_sheet_is_ordered(hall: Hall) -> None:
    request = await submitted(hall)
    everyone = (world.LU, world.QIN, world.HE, world.YAN, world.XUE)
    await hall.agree(*everyone)
    decisions = await hall.trial.published(Decided)
    assert [bool(decided.seal_order) for decided in decisions] == [False, True, True, True, False]
    [approved] = await hall.trial.published(Approved)
    for event in (*decisions, approved):
        if event.seal_order is not None:
            expected = order_of(event, form_digest(request.form))
            assert verifier(hall).order(event.seal_order) == expected


async def test_a_return_orders_nothing(hall: Hall) -> None:
    await submitted(hall)
    await hall.agree(world.LU)
    assert (await hall.decide(world.QIN, "return", "请补充")).status_code == 201
    assert [decided.seal_order for decided in await hall.trial.published(Decided)] == [None, None]
