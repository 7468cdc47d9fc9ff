"""The rules of approval, one sentence each."""

from dataclasses import replace
from datetime import timedelta

import pytest
from workflow_svc import errors
from workflow_svc.domain import Kind, TaskState
from workflow_svc.flow import Mode

from shared.contracts.people import Post
from shared.contracts.workflow import OpinionPlace, TaskEnd
from shared.errors import NotFound
from tests.unit.workflow_svc.world import (
    BAI,
    COMPUTING,
    COUNSEL,
    DEFAULT_FLOW,
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
    RETURN,
    SEAL_OFFICE,
    SHEN,
    STRANGER,
    XUE,
    YAN,
    Walk,
    submitted,
)


def node_of(walk: Walk) -> str | None:
    return walk.state.node


def test_a_request_without_extras_passes_five_nodes_and_is_done() -> None:
    walk = submitted()
    passed = [node_of(walk)]
    for by in (LU, QIN, HE, XUE):
        walk.decide(by)
        passed.append(node_of(walk))
    assert walk.status == "approved"
    walk.seal()
    assert passed == [
        "unit_office",
        "unit_head",
        "approving_department",
        "seal_office_review",
        "on_site_sealing",
    ]
    assert walk.status == "completed"
    assert node_of(walk) is None


def test_a_horizontal_contract_asks_the_legal_counsel() -> None:
    walk = submitted(horizontal_contract=True)
    walk.agree(LU, QIN, HE)
    assert node_of(walk) == "legal_counsel"
    assert walk.task().unit == COUNSEL
    walk.decide(YAN)
    assert node_of(walk) == "seal_office_review"


def test_the_first_submission_opens_one_task_for_the_whole_group() -> None:
    walk = submitted()
    assert walk.task().candidates == (LU, BAI)
    assert walk.kinds == [Kind.SUBMITTED, Kind.TASK_ASSIGNED, Kind.ADVANCED]


def test_when_one_of_a_group_has_decided_the_others_see_it_skipped_and_cannot() -> None:
    walk = submitted()
    task = walk.task()
    walk.decide(LU)
    with pytest.raises(errors.TaskClosed) as refusal:
        walk.decide(BAI, task=task)
    assert refusal.value.details == {"state": "skipped", "request_status": "in_progress"}


def test_deciding_twice_is_refused_with_the_present_state() -> None:
    walk = submitted()
    task = walk.task()
    walk.decide(LU)
    with pytest.raises(errors.TaskClosed) as refusal:
        walk.decide(LU, task=task)
    assert refusal.value.details == {"state": "decided", "request_status": "in_progress"}


@pytest.mark.parametrize("by", [STRANGER, SHEN, QIN])
def test_whoever_was_not_asked_finds_no_task(by: object) -> None:
    walk = submitted()
    with pytest.raises(NotFound):
        walk.decide(by)  # type: ignore[arg-type]


def test_who_has_lost_the_post_since_can_no_longer_act() -> None:
    walk = submitted()
    walk.held[Post.OFFICE_STAFF, COMPUTING.id] = (BAI,)
    with pytest.raises(NotFound):
        walk.decide(LU)
    walk.decide(BAI)
    assert node_of(walk) == "unit_head"


def test_who_takes_the_post_while_others_are_asked_waits_for_the_next_task() -> None:
    walk = submitted()
    walk.held[Post.OFFICE_STAFF, COMPUTING.id] = (LU, STRANGER)
    walk.reconsider()
    assert set(walk.task().candidates) == {LU}
    with pytest.raises(NotFound):
        walk.decide(STRANGER)


def test_the_named_departments_countersign_and_all_must_agree() -> None:
    walk = submitted()
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE, PERSONNEL))
    assert node_of(walk) == "countersign"
    assert {task.unit for task in walk.waiting} == {FINANCE, PERSONNEL}
    walk.decide(GU, of=FINANCE)
    assert node_of(walk) == "countersign"
    assert Kind.ADVANCED not in walk.kinds
    walk.decide(OU, of=PERSONNEL)
    assert node_of(walk) == "seal_office_review"


def test_only_the_approving_department_names_countersigners() -> None:
    walk = submitted()
    with pytest.raises(errors.NotCountersigners):
        walk.decide(LU, ask=(FINANCE,))


@pytest.mark.parametrize("asked", [(RESEARCH,), (COMPUTING,), (FINANCE, FINANCE)])
def test_who_is_asked_anyway_does_not_countersign_too(asked: tuple[object, ...]) -> None:
    walk = submitted()
    walk.agree(LU, QIN)
    with pytest.raises(errors.NotCountersigners):
        walk.decide(HE, ask=asked)  # type: ignore[arg-type]


def test_a_return_ends_every_open_task() -> None:
    walk = submitted()
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE, PERSONNEL))
    walk.decide(GU, RETURN, "预算科目有误", of=FINANCE)
    assert walk.status == "returned"
    assert walk.waiting == []
    ends = {h.task.unit: h.end for h in walk.happened if h.kind is Kind.TASK_CLOSED and h.task}
    assert ends == {FINANCE: TaskEnd.DECIDED, PERSONNEL: TaskEnd.CANCELLED}
    assert walk.kinds[-1] is Kind.RETURNED


@pytest.mark.parametrize("opinion", ["", "  \n"])
def test_a_return_needs_an_opinion(opinion: str) -> None:
    walk = submitted()
    with pytest.raises(errors.OpinionRequired):
        walk.decide(LU, RETURN, opinion)


def test_after_a_return_everything_starts_over_at_the_first_node() -> None:
    walk = submitted()
    walk.agree(LU, QIN)
    walk.decide(HE, RETURN, "请补充附件")
    walk.submit()
    assert (walk.status, walk.state.revision, node_of(walk)) == ("in_progress", 2, "unit_office")
    walk.agree(LU, QIN, HE, XUE)  # the same people again: it is another round
    assert walk.status == "approved"


def test_countersigners_of_an_earlier_round_are_forgotten() -> None:
    walk = submitted()
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE,))
    walk.decide(GU, RETURN, "不同意")
    walk.submit()
    walk.agree(LU, QIN, HE)
    assert node_of(walk) == "seal_office_review"


def test_a_request_on_its_way_takes_no_submission() -> None:
    walk = submitted()
    with pytest.raises(errors.NotReturned):
        walk.submit()


def test_the_initiator_withdraws_and_those_who_had_it_open_are_named() -> None:
    walk = submitted()
    walk.withdraw()
    assert walk.status == "withdrawn"
    assert walk.waiting == []
    assert walk.happened[-1].people == (LU, BAI)


def test_a_returned_request_can_be_withdrawn() -> None:
    walk = submitted()
    walk.decide(LU, RETURN, "不需要")
    walk.withdraw()
    assert walk.status == "withdrawn"


def test_nobody_else_withdraws() -> None:
    walk = submitted()
    with pytest.raises(NotFound):
        walk.withdraw(by=LU)


def test_after_the_last_approval_nothing_is_withdrawn() -> None:
    walk = submitted()
    walk.agree(LU, QIN, HE, XUE)
    with pytest.raises(errors.NotWithdrawable) as refusal:
        walk.withdraw()
    assert refusal.value.details == {"request_status": "approved"}


def test_a_withdrawn_request_cannot_be_approved() -> None:
    walk = submitted()
    task = walk.task()
    walk.withdraw()
    with pytest.raises(errors.TaskClosed) as refusal:
        walk.decide(LU, task=task)
    assert refusal.value.details == {"state": "cancelled", "request_status": "withdrawn"}


def test_urging_marks_the_open_tasks_of_a_node() -> None:
    walk = submitted()
    walk.urge("unit_office")
    assert walk.task().urged_at == walk.now
    assert walk.happened[0].people == (LU, BAI)


def test_a_second_urge_within_the_interval_is_told_the_time_left() -> None:
    walk = submitted()
    walk.urge("unit_office")
    walk.now += timedelta(minutes=10)
    with pytest.raises(errors.UrgedTooSoon) as refusal:
        walk.urge("unit_office")
    assert refusal.value.details == {"retry_after_seconds": 1200}
    walk.now += timedelta(minutes=20)
    walk.urge("unit_office")


def test_only_a_node_that_waits_is_urged() -> None:
    walk = submitted()
    with pytest.raises(errors.NothingToUrge):
        walk.urge("unit_head")


def test_an_urge_does_not_make_a_decision_stale() -> None:
    walk = submitted()
    task = walk.task()
    walk.urge("unit_office")
    walk.decide(LU, task=task)
    assert node_of(walk) == "unit_head"


def test_nobody_approves_their_own_request() -> None:
    walk = Walk(initiator=LU)
    walk.submit()
    assert walk.task().candidates == (BAI,)


def test_who_agreed_at_an_earlier_node_is_not_asked_at_a_later_one() -> None:
    walk = Walk()
    walk.held[Post.REVIEWER, RESEARCH.id] = (QIN, HE)
    walk.submit()
    walk.agree(LU, QIN)
    assert walk.task().candidates == (HE,)


def test_where_nobody_is_left_the_task_is_blocked_and_never_passes() -> None:
    walk = Walk()
    walk.held[Post.REVIEWER, RESEARCH.id] = (QIN,)
    walk.submit()
    walk.agree(LU, QIN)
    assert walk.task().state is TaskState.BLOCKED
    assert node_of(walk) == "approving_department"
    assert Kind.BLOCKED in walk.kinds
    assert Kind.TASK_ASSIGNED not in walk.kinds


def test_a_blocked_task_opens_when_someone_takes_the_post() -> None:
    walk = Walk()
    walk.held[Post.HEAD, COMPUTING.id] = ()
    walk.submit()
    walk.decide(LU)
    assert walk.task().state is TaskState.BLOCKED
    walk.held[Post.HEAD, COMPUTING.id] = (QIN,)
    walk.reconsider()
    assert walk.kinds == [Kind.TASK_ASSIGNED]
    walk.decide(QIN)
    assert node_of(walk) == "approving_department"


def test_when_everyone_asked_has_left_their_successors_are_asked() -> None:
    walk = submitted()
    walk.held[Post.OFFICE_STAFF, COMPUTING.id] = (STRANGER,)
    walk.reconsider()
    assert walk.task().candidates == (STRANGER,)


def test_reconsidering_what_is_in_order_changes_nothing() -> None:
    walk = submitted()
    before = walk.state
    walk.reconsider()
    assert walk.state == before
    assert walk.happened == ()


def test_nobody_countersigns_for_two_departments() -> None:
    walk = Walk()
    walk.held[Post.REVIEWER, PERSONNEL.id] = (GU, OU)
    walk.submit()
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE, PERSONNEL))
    walk.decide(GU, of=FINANCE)
    assert walk.task().candidates == (OU,)


def test_the_last_reviewer_of_two_departments_leaves_the_second_blocked() -> None:
    walk = Walk()
    walk.held[Post.REVIEWER, PERSONNEL.id] = (GU,)
    walk.submit()
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE, PERSONNEL))
    walk.decide(GU, of=FINANCE)
    assert walk.task().state is TaskState.BLOCKED
    assert Kind.BLOCKED in walk.kinds


def test_the_official_number_comes_with_the_last_approval_and_only_once() -> None:
    walk = submitted()
    walk.agree(LU, QIN, HE)
    assert walk.state.number is None
    walk.decide(XUE)
    assert walk.state.number == "YY2026-000001"
    assert walk.kinds[-1] is Kind.APPROVED
    assert walk.happened[-1].unit == SEAL_OFFICE
    assert not walk.state.awaits_number


def test_the_keeper_who_made_the_final_check_may_register_the_sealing() -> None:
    walk = submitted()
    walk.agree(LU, QIN, HE, XUE)
    assert walk.task().candidates == (XUE, MENG)
    walk.seal(by=XUE)
    assert walk.status == "completed"


def test_a_register_node_takes_no_opinion() -> None:
    walk = submitted()
    walk.agree(LU, QIN, HE, XUE)
    with pytest.raises(errors.NotDecidable):
        walk.decide(MENG)


def test_a_seal_is_not_used_before_the_last_approval() -> None:
    walk = submitted()
    with pytest.raises(errors.NotApproved):
        walk.seal()


def test_in_mode_all_every_holder_of_the_post_must_agree() -> None:
    nodes = (replace(DEFAULT_FLOW.start, mode=Mode.ALL), *DEFAULT_FLOW.nodes[1:])
    walk = Walk(flow=replace(DEFAULT_FLOW, nodes=nodes))
    walk.submit()
    lus, bais = walk.waiting
    walk.decide(LU, task=lus)
    assert node_of(walk) == "unit_office"
    walk.decide(BAI, task=bais)
    assert node_of(walk) == "unit_head"


def test_the_opinion_cells_belong_to_the_nodes_that_give_them() -> None:
    cells = {node.id: node.place for node in DEFAULT_FLOW.nodes}
    assert cells == {
        "unit_office": None,
        "unit_head": OpinionPlace.APPLYING_UNIT,
        "approving_department": OpinionPlace.APPROVING_DEPARTMENT,
        "countersign": OpinionPlace.COUNTERSIGN,
        "legal_counsel": OpinionPlace.LEGAL_COUNSEL,
        "seal_office_review": None,
        "on_site_sealing": None,
    }


def test_a_second_reviewer_of_a_group_may_take_over() -> None:
    walk = submitted()
    walk.agree(BAI, QIN, LV)
    assert node_of(walk) == "seal_office_review"
