"""更换节点审批人员, 加签, 减签: someone else acts, and four eyes hold."""

from datetime import timedelta

import pytest
from workflow_svc import errors
from workflow_svc.domain import Kind, TaskState
from workflow_svc.signers import Turn

from shared.contracts.people import Person, Post
from shared.contracts.workflow import TaskEnd, WhyReassigned
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
    OU,
    QIN,
    RESEARCH,
    RETURN,
    SHEN,
    STRANGER,
    XUE,
    Walk,
    flow_with,
    submitted,
)

ADMIN = world.person("admin", "管理员")


def at_the_reviewers() -> Walk:
    walk = submitted()
    walk.agree(LU, QIN)
    return walk


def test_a_task_is_handed_to_another_who_holds_the_post() -> None:
    walk = submitted()
    old = walk.task()
    walk.now += timedelta(hours=1)
    walk.hand_over(LU, BAI)
    new = walk.task()
    assert (new.candidates, new.due_at) == ((BAI,), old.due_at)
    assert walk.state.task(old.id).state is TaskState.REASSIGNED
    closed, reassigned = walk.happened
    assert (closed.kind, closed.end) == (Kind.TASK_CLOSED, TaskEnd.REASSIGNED)
    assert (reassigned.why, reassigned.gave_up) == (WhyReassigned.HANDED_OVER, LU)
    with pytest.raises(errors.TaskClosed):
        walk.decide(LU, task=old)
    with pytest.raises(NotFound):
        walk.decide(LU)
    walk.decide(BAI)
    assert walk.state.node == "unit_head"


@pytest.mark.parametrize("to", [LU, SHEN, STRANGER, QIN])
def test_nobody_else_can_take_it_over(to: Person) -> None:
    walk = submitted()
    with pytest.raises(errors.NotEntitled):
        walk.hand_over(LU, to)


def test_who_agreed_before_in_this_round_takes_nothing_over() -> None:
    walk = Walk()
    walk.held[Post.REVIEWER, RESEARCH.id] = (HE, QIN)
    walk.submit()
    walk.agree(LU, QIN)
    with pytest.raises(errors.NotEntitled):
        walk.hand_over(HE, QIN)


def test_only_who_has_the_task_hands_it_over_and_only_where_the_flow_allows_it() -> None:
    walk = submitted()
    with pytest.raises(NotFound):
        walk.hand_over(STRANGER, BAI)
    strict = Walk(flow=flow_with(unit_office={"may": '["return"]'}))
    strict.submit()
    with pytest.raises(errors.NotAllowedHere):
        strict.hand_over(LU, BAI)


def test_the_administrator_puts_someone_in_charge_where_nobody_holds_the_post() -> None:
    walk = Walk()
    walk.held[Post.HEAD, COMPUTING.id] = ()
    walk.submit()
    walk.decide(LU)
    walk.put_in_charge(ADMIN, STRANGER)
    assert walk.task().candidates == (STRANGER,)
    assert walk.happened[-1].why is WhyReassigned.ADMINISTRATOR
    assert walk.happened[-1].gave_up is None
    walk.reconsider()  # the post is still empty, and that changes nothing for who was appointed
    assert walk.task().candidates == (STRANGER,)
    walk.decide(STRANGER)
    assert walk.state.node == "approving_department"


def test_who_was_put_in_charge_and_leaves_leaves_the_task_blocked() -> None:
    walk = submitted()
    walk.put_in_charge(ADMIN, STRANGER)
    walk.left = frozenset({STRANGER.id})
    with pytest.raises(NotFound):
        walk.decide(STRANGER)
    walk.reconsider()
    assert walk.task().state is TaskState.BLOCKED


@pytest.mark.parametrize("to", [ADMIN, SHEN, LU])
def test_the_administrator_appoints_neither_themselves_nor_past_four_eyes(to: Person) -> None:
    walk = submitted()
    walk.decide(LU)
    before = walk.state
    with pytest.raises(errors.NotEntitled):
        walk.put_in_charge(ADMIN, to)
    assert walk.state == before


def test_nobody_is_put_in_charge_of_two_departments_at_once() -> None:
    walk = at_the_reviewers()
    walk.decide(HE, ask=(FINANCE, world.PERSONNEL))
    with pytest.raises(errors.NotEntitled):
        walk.put_in_charge(ADMIN, GU, task=walk.task(world.PERSONNEL))


def test_what_is_over_is_nobodys_to_be_put_in_charge_of() -> None:
    walk = submitted()
    task = walk.task()
    walk.decide(LU)
    with pytest.raises(errors.TaskClosed):
        walk.put_in_charge(ADMIN, STRANGER, task=task)
    walk.agree(QIN, HE, XUE)
    with pytest.raises(errors.NotAllowedHere):  # the gate is closed by the seal's use alone
        walk.put_in_charge(ADMIN, STRANGER)


def test_who_acts_at_the_next_node_is_chosen_from_those_entitled() -> None:
    walk = submitted()
    walk.decide(LU)
    walk.choose(QIN, "approving_department", LV)
    assert walk.kinds == [Kind.CHOSEN]
    walk.decide(QIN)
    assert walk.task().candidates == (LV,)
    with pytest.raises(NotFound):
        walk.decide(HE)


def test_who_was_chosen_and_left_meanwhile_is_replaced_by_all_who_may() -> None:
    walk = submitted()
    walk.decide(LU)
    walk.choose(QIN, "approving_department", LV)
    walk.held[Post.REVIEWER, RESEARCH.id] = (HE,)
    walk.decide(QIN)
    assert walk.task().candidates == (HE,)


@pytest.mark.parametrize(
    ("node", "people", "refusal"),
    [
        ("approving_department", (GU,), errors.NotEntitled),
        ("approving_department", (), errors.NotEntitled),
        ("approving_department", (LV, LV), errors.NotEntitled),
        ("unit_office", (LU,), errors.NotAhead),
        ("unit_head", (QIN,), errors.NotAhead),
        ("countersign", (GU,), errors.NotAhead),
        ("legal_counsel", (world.YAN,), errors.NotAhead),  # no contract: it does not come
        ("on_site_sealing", (XUE,), errors.NotAhead),
        ("nowhere", (XUE,), errors.NotAhead),
    ],
)
def test_others_cannot_be_chosen(
    node: str, people: tuple[Person, ...], refusal: type[Exception]
) -> None:
    walk = submitted()
    walk.decide(LU)
    with pytest.raises(refusal):
        walk.choose(QIN, node, *people)


def test_an_added_signer_has_to_agree_too_and_no_post_is_asked() -> None:
    walk = submitted()
    walk.decide(LU)
    walk.add_signer(QIN, STRANGER)
    assert {task.candidates for task in walk.waiting} == {(QIN,), (STRANGER,)}
    theirs = next(task for task in walk.waiting if task.added_by)
    walk.decide(QIN, task=next(task for task in walk.waiting if not task.added_by))
    assert walk.state.node == "unit_head"
    walk.reconsider()
    walk.decide(STRANGER, task=theirs)
    assert walk.state.node == "approving_department"


def test_an_added_signer_may_return_it() -> None:
    walk = submitted()
    walk.add_signer(LU, STRANGER)
    walk.decide(STRANGER, RETURN, "缺附件", task=walk.waiting[1])
    assert walk.status == "returned"
    assert walk.waiting == []


def test_who_added_a_signer_takes_them_off_and_the_node_goes_on() -> None:
    walk = submitted()
    walk.add_signer(LU, STRANGER)
    mine, theirs = walk.waiting
    walk.decide(LU, task=mine)
    with pytest.raises(NotFound):
        walk.remove_signer(BAI, theirs)
    walk.remove_signer(LU, theirs)
    assert walk.state.node == "unit_head"
    assert walk.state.task(theirs.id).state is TaskState.CANCELLED


def test_a_signer_who_has_acted_is_not_taken_off() -> None:
    walk = submitted()
    walk.add_signer(LU, STRANGER)
    theirs = walk.waiting[1]
    walk.decide(STRANGER, task=theirs)
    with pytest.raises(errors.TaskClosed):
        walk.remove_signer(LU, walk.state.task(theirs.id))


@pytest.mark.parametrize("signer", [LU, SHEN, BAI])
def test_neither_the_initiator_nor_who_is_asked_already_is_added(signer: Person) -> None:
    walk = submitted()
    with pytest.raises(errors.NotEntitled):
        walk.add_signer(LU, signer)


def test_who_agreed_before_is_not_added_later() -> None:
    walk = submitted()
    walk.decide(LU)
    with pytest.raises(errors.NotEntitled):
        walk.add_signer(QIN, LU)


def test_who_signed_here_does_not_act_at_a_later_node() -> None:
    walk = submitted()
    walk.add_signer(LU, HE)
    first, second = walk.waiting
    walk.decide(LU, task=first)
    walk.decide(HE, task=second)
    walk.decide(QIN)
    assert walk.task().candidates == (LV,)


def test_signers_are_added_only_where_the_flow_allows_it() -> None:
    walk = Walk(flow=flow_with(unit_office={"may": '["return"]'}))
    walk.submit()
    with pytest.raises(errors.NotAllowedHere):
        walk.add_signer(LU, STRANGER)


def in_turn() -> Walk:
    walk = Walk(flow=flow_with(unit_office={"mode": '"seq"'}))
    walk.submit()
    return walk


def turns(walk: Walk) -> list[str]:
    """Who is asked, in order, as the queue goes."""
    found = []
    while walk.state.node == "unit_office":
        (by,) = walk.task().candidates
        found.append(by.name)
        walk.decide(by)
    return found


def test_one_after_another_a_signer_comes_straight_after_who_adds_them() -> None:
    walk = in_turn()
    walk.add_signer(LU, STRANGER, Turn.AFTER)
    walk.add_signer(LU, OU, Turn.AFTER)
    assert turns(walk) == ["陆昆", "欧阳翀", "路人", "白露"]


def test_one_after_another_a_signer_comes_before_who_adds_them() -> None:
    walk = in_turn()
    old = walk.task()
    walk.add_signer(LU, STRANGER, Turn.BEFORE)
    assert walk.task().candidates == (STRANGER,)
    assert walk.state.task(old.id).state is TaskState.REASSIGNED
    assert turns(walk) == ["路人", "陆昆", "白露"]


def test_taking_off_a_signer_who_came_before_brings_the_turn_back() -> None:
    walk = in_turn()
    walk.add_signer(LU, STRANGER, Turn.BEFORE)
    walk.remove_signer(LU, walk.task())
    assert turns(walk) == ["陆昆", "白露"]


def test_an_urge_or_a_hand_over_does_not_wake_those_who_wait_their_turn() -> None:
    walk = in_turn()
    walk.urge("unit_office")
    assert walk.happened[0].people == (LU,)
    with pytest.raises(errors.NotEntitled):
        walk.hand_over(LU, BAI)  # their turn comes anyway
