"""After a return: everything over, or straight back where nothing approved has changed."""

from workflow_svc.domain import Kind, TaskState

from shared.contracts.people import Post
from shared.contracts.request import SealCount, Seals
from tests.unit.workflow_svc.world import (
    COMPUTING,
    FINANCE,
    GU,
    HE,
    LU,
    LV,
    QIN,
    RETURN,
    STRANGER,
    XUE,
    Walk,
    flow_with,
)

STRAIGHT = {"after_return": '"straight_back"'}
OF_UNIT = {"approves": '["unit", "applicant"]'}
MORE = Seals(
    university=SealCount(count=9, place="各页"),
    president=SealCount(count=0, place=""),
    party_committee=SealCount(count=0, place=""),
)


def returned(**changes: dict[str, str]) -> Walk:
    """Returned by the approving department, after two had agreed."""
    walk = Walk(flow=flow_with(**{"approving_department": STRAIGHT, **changes}))
    walk.submit()
    walk.agree(LU, QIN)
    walk.decide(HE, RETURN, "请补一份附件")
    return walk


def test_an_unchanged_form_goes_straight_back_to_who_returned_it() -> None:
    walk = returned()
    walk.submit()
    assert walk.state.node == "approving_department"
    assert walk.kinds.count(Kind.CARRIED_OVER) == 2
    assert walk.task().revision == 2
    carried = [task for task in walk.state.tasks if task.state is TaskState.DECIDED]
    assert [(task.decided_by, task.revision) for task in carried] == [(LU, 2), (QIN, 2)]
    walk.agree(HE, XUE)
    assert walk.status == "approved"


def test_what_was_carried_over_counts_for_four_eyes() -> None:
    walk = returned()
    walk.held[Post.REVIEWER, walk.state.form.approving_department.id] = (LU, QIN, LV)
    walk.submit()
    assert walk.task().candidates == (LV,)


def test_a_change_of_what_was_approved_starts_over() -> None:
    walk = returned()
    walk.submit(seals=MORE)
    assert walk.state.node == "unit_office"
    assert Kind.CARRIED_OVER not in walk.kinds


def test_a_change_of_what_no_earlier_node_approves_goes_straight_back() -> None:
    walk = returned(unit_office=OF_UNIT, unit_head=OF_UNIT)
    walk.submit(seals=MORE)
    assert walk.state.node == "approving_department"


def test_a_change_of_what_one_earlier_node_approves_starts_over() -> None:
    walk = returned(unit_office=OF_UNIT)
    walk.submit(seals=MORE)
    assert walk.state.node == "unit_office"


def test_where_the_flow_does_not_say_so_everything_starts_over() -> None:
    walk = Walk()
    walk.submit()
    walk.agree(LU, QIN)
    walk.decide(HE, RETURN, "请补一份附件")
    walk.submit()
    assert walk.state.node == "unit_office"


def test_departments_that_were_named_are_asked_again_after_a_straight_return() -> None:
    walk = Walk(flow=flow_with(countersign=STRAIGHT))
    walk.submit()
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(FINANCE,))
    walk.decide(GU, RETURN, "预算科目有误")
    walk.submit()
    assert walk.state.node == "countersign"
    assert walk.task().unit == FINANCE
    walk.agree(GU, XUE)
    assert walk.status == "approved"


def test_another_unit_than_before_starts_over() -> None:
    walk = returned(unit_office=OF_UNIT, unit_head=OF_UNIT)
    walk.submit(unit=FINANCE)  # another unit: its own people have approved nothing
    assert walk.state.node == "unit_office"
    assert walk.task().unit == FINANCE


def test_who_has_left_since_keeps_what_they_agreed_to() -> None:
    walk = returned()
    walk.held[Post.HEAD, COMPUTING.id] = (STRANGER,)
    walk.submit()
    assert walk.state.node == "approving_department"
    assert {task.decided_by for task in walk.state.tasks if task.decided_by} == {LU, QIN}
