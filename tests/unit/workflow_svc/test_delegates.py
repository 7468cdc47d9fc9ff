"""委托: someone acts in another's place, and separation of duties holds."""

import pytest
from workflow_svc import errors
from workflow_svc.domain import Delegate, Kind, TaskState
from workflow_svc.seats import StandIn

from shared.contracts.people import Person, Post
from shared.errors import NotFound
from tests.unit.workflow_svc import world
from tests.unit.workflow_svc.world import (
    BAI,
    COMPUTING,
    FINANCE,
    GU,
    HE,
    LU,
    LV,
    MENG,
    OU,
    PERSONNEL,
    QIN,
    RESEARCH,
    SHEN,
    STRANGER,
    XUE,
    Walk,
)

DEPUTY = world.person("deputy", "代理人")


def for_(holder: Person, person: Person = DEPUTY, **scope: object) -> StandIn:
    return StandIn(holder=holder.id, person=person, **scope)  # type: ignore[arg-type]


def with_stand_ins(*stand_ins: StandIn, **form: object) -> Walk:
    walk = Walk(stand_ins=stand_ins)
    walk.submit(**form)
    return walk


def test_a_delegate_is_asked_with_the_holder_and_acts_on_their_behalf() -> None:
    walk = with_stand_ins(for_(QIN))
    walk.decide(LU)
    assert walk.task().candidates == (QIN,)
    assert walk.task().delegates == (Delegate(DEPUTY, on_behalf_of=QIN),)
    walk.decide(DEPUTY)
    decided = walk.happened[0]
    assert (decided.by, decided.on_behalf_of) == (DEPUTY, QIN)
    assert walk.state.node == "approving_department"


def test_the_holder_can_still_act() -> None:
    walk = with_stand_ins(for_(QIN))
    walk.decide(LU)
    walk.decide(QIN)
    assert walk.happened[0].on_behalf_of is None


def test_a_delegation_takes_over_what_is_open_and_ends_with_it() -> None:
    walk = Walk()
    walk.submit()
    walk.decide(LU)
    walk.stand_ins = (for_(QIN),)
    walk.reconsider()
    assert walk.kinds == [Kind.TASK_ASSIGNED]
    assert walk.happened[0].people == (QIN, DEPUTY)
    walk.stand_ins = ()
    with pytest.raises(NotFound):  # even before anyone looked at the open tasks again
        walk.decide(DEPUTY)
    walk.reconsider()
    assert walk.task().delegates == ()
    assert walk.happened == ()


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        ({}, True),
        ({"post": Post.HEAD}, True),
        ({"unit": COMPUTING.id}, True),
        ({"post": Post.HEAD, "unit": COMPUTING.id}, True),
        ({"post": Post.REVIEWER}, False),
        ({"unit": FINANCE.id}, False),
    ],
)
def test_a_delegation_counts_for_its_post_and_unit(scope: dict[str, object], asked: bool) -> None:
    walk = with_stand_ins(for_(QIN, **scope))
    walk.decide(LU)
    assert bool(walk.task().delegates) is asked


def test_the_initiator_stands_in_for_nobody() -> None:
    walk = with_stand_ins(for_(QIN, SHEN))
    walk.decide(LU)
    assert walk.task().delegates == ()


@pytest.mark.parametrize(
    "form",
    [
        {"applicant_name": "代理人"},
        {"handler_name": " 代理人 "},
        {"applicant_mobile": "13900000009"},
        {"handler_mobile": "13900000009"},
    ],
)
def test_whoever_the_form_names_stands_in_for_nobody(form: dict[str, str]) -> None:
    walk = with_stand_ins(for_(QIN, mobile="13900000009"), **form)
    walk.decide(LU)
    assert walk.task().delegates == ()
    with pytest.raises(NotFound):
        walk.decide(DEPUTY)


def test_who_acted_before_stands_in_for_nobody_later() -> None:
    walk = with_stand_ins(for_(QIN, LU))
    walk.decide(LU)
    assert walk.task().delegates == ()


def test_after_a_delegate_neither_of_the_two_acts_again_in_the_round() -> None:
    walk = Walk(stand_ins=(for_(QIN, HE),))
    walk.held[Post.REVIEWER, RESEARCH.id] = (HE, QIN, LV)
    walk.submit()
    walk.decide(LU)
    walk.decide(HE)  # for QIN
    assert walk.task().candidates == (LV,)


def test_a_delegate_of_two_countersigners_acts_for_one_of_them() -> None:
    walk = with_stand_ins(for_(GU), for_(OU))
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE, PERSONNEL))
    walk.decide(DEPUTY, of=FINANCE)
    assert walk.task(PERSONNEL).candidates == (OU,)
    assert walk.task(PERSONNEL).delegates == ()


def test_delegations_do_not_chain() -> None:
    walk = with_stand_ins(for_(QIN), for_(DEPUTY, STRANGER))
    walk.decide(LU)
    assert [d.person for d in walk.task().delegates] == [DEPUTY]


def test_a_delegate_hands_nothing_over() -> None:
    walk = with_stand_ins(for_(LU))
    with pytest.raises(errors.OnlyTheHolder):
        walk.hand_over(DEPUTY, BAI)


def test_who_loses_the_post_takes_their_delegate_along() -> None:
    walk = with_stand_ins(for_(QIN))
    walk.decide(LU)
    walk.held[Post.HEAD, COMPUTING.id] = (STRANGER,)
    with pytest.raises(NotFound):
        walk.decide(DEPUTY)
    walk.reconsider()
    assert walk.task().assignees == (STRANGER,)


def test_nobody_stands_in_for_a_blocked_seat_or_at_the_gate() -> None:
    walk = Walk(stand_ins=(for_(QIN), for_(XUE), for_(MENG)))
    walk.held[Post.HEAD, COMPUTING.id] = ()
    walk.submit()
    walk.decide(LU)
    assert walk.task().state is TaskState.BLOCKED
    walk.held[Post.HEAD, COMPUTING.id] = (QIN,)
    walk.reconsider()
    walk.agree(DEPUTY, HE, XUE)
    assert walk.status == "approved"
    assert walk.task().delegates == ()


def test_an_urge_reaches_the_delegate_too() -> None:
    walk = with_stand_ins(for_(LU))
    walk.urge("unit_office")
    assert walk.happened[0].people == (LU, BAI, DEPUTY)
