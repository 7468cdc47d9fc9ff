"""Whom a node asks, in which order, and where the flow goes on."""

from datetime import timedelta

import pytest
from workflow_svc import errors
from workflow_svc.domain import Kind, TaskState
from workflow_svc.published import FOLDER
from workflow_svc.verify import parse

from shared.contracts.people import Post
from shared.contracts.workflow import WhyCopied
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
    RETURN,
    SHEN,
    STRANGER,
    XUE,
    YAN,
    Walk,
    flow_with,
    unit,
)

HEAD = 'key = "k"\nversion = 1\nname = "n"\nmatter = "seal-use"\nstart = "a"\n'
REST = """
[[nodes]]
id = "b"
name = "乙"
kind = "approve"
post = "reviewer"
of = "form.approving_department"
mode = "any"
on_nobody = "block"
next = "gate"
[[nodes]]
id = "gate"
name = "用印"
kind = "register"
post = "seal_keeper"
of = "unit_of_kind.seal_office"
mode = "any"
on_nobody = "block"
next = "end"
"""


def approve(id_: str, next_: str, *lines: str, of: str = "form.unit", post: str = "head") -> str:
    each = "\n".join(lines)
    unit = f"of = {of!r}" if not of.startswith("[") else f"of_each = {of}"
    mode = "" if "mode" in each else 'mode = "any"\n'
    return (
        f'[[nodes]]\nid = "{id_}"\nname = "{id_}"\nkind = "approve"\npost = "{post}"\n{unit}\n'
        f'{mode}on_nobody = "block"\nnext = "{next_}"\n{each}\n'
    )


def walk_of(*tables: str, **changes: object) -> Walk:
    walk = Walk(flow=parse(HEAD + "".join(tables) + REST))
    walk.held.update(changes.pop("held", {}))  # type: ignore[call-overload]
    walk.submit(**changes)
    return walk


def waiting(walk: Walk) -> list[str]:
    return [person.name for task in walk.waiting for person in task.candidates]


def test_one_after_another_the_next_is_asked_when_the_one_before_has_agreed() -> None:
    walk = Walk(flow=flow_with(unit_office={"mode": '"seq"'}))
    walk.submit()
    assert waiting(walk) == ["陆昆"]
    (queued,) = [task for task in walk.state.tasks if task.state is TaskState.QUEUED]
    with pytest.raises(errors.NotYourTurn):
        walk.decide(BAI, task=queued)
    walk.now += timedelta(hours=1)
    walk.decide(LU)
    assert waiting(walk) == ["白露"]
    assert walk.task().opened_at == walk.now  # it arrives with its turn
    assert walk.state.node == "unit_office"
    walk.decide(BAI)
    assert walk.state.node == "unit_head"


def test_whoever_leaves_before_their_turn_is_not_passed_over_but_replaced_or_blocks() -> None:
    walk = Walk(flow=flow_with(unit_office={"mode": '"seq"'}))
    walk.submit()
    walk.held[Post.OFFICE_STAFF, COMPUTING.id] = (LU,)
    walk.decide(LU)
    assert walk.task().state is TaskState.BLOCKED
    assert Kind.BLOCKED in walk.kinds


def test_a_list_of_departments_is_asked_at_once_or_one_after_another() -> None:
    both = '["finance", "personnel"]'
    at_once = walk_of(approve("a", "c"), approve("c", "b", of=both, post="reviewer"))
    at_once.decide(QIN)
    assert waiting(at_once) == ["顾菁", "欧阳翀"]
    in_turn = walk_of(
        approve("a", "c"), approve("c", "b", 'mode = "seq"', of=both, post="reviewer")
    )
    in_turn.decide(QIN)
    assert waiting(in_turn) == ["顾菁"]
    in_turn.decide(GU)
    assert waiting(in_turn) == ["欧阳翀"]
    in_turn.decide(OU)
    assert in_turn.state.node == "b"


def test_a_return_ends_those_whose_turn_has_not_come() -> None:
    walk = Walk(flow=flow_with(unit_office={"mode": '"seq"'}))
    walk.submit()
    walk.decide(LU, RETURN, "不行")
    assert {task.state for task in walk.state.tasks} == {TaskState.DECIDED, TaskState.CANCELLED}


def test_a_choice_goes_the_first_way_that_holds_else_the_other() -> None:
    choice = (
        '[[nodes]]\nid = "c"\nname = "c"\nkind = "choice"\nelse = "b"\n'
        '[[nodes.cases]]\nwhen = "form.horizontal_contract == true"\ncondition = "有合同"\n'
        'next = "d"\n'
        '[[nodes.cases]]\nwhen = "form.seals.university > 1"\ncondition = "多次"\nnext = "e"\n'
    )
    tables = (
        approve("a", "c"),
        choice,
        approve("d", "b", of="unit.finance", post="reviewer"),
        approve("e", "b", of="unit.personnel", post="reviewer"),
    )
    with_contract = walk_of(*tables, horizontal_contract=True)
    with_contract.decide(QIN)
    assert with_contract.state.node == "d"
    without = walk_of(*tables)
    without.decide(QIN)
    assert without.state.node == "e"
    with_contract.decide(GU)
    assert with_contract.state.node == "b"


def test_a_post_in_the_unit_of_whoever_acted_last() -> None:
    walk = walk_of(
        approve("a", "c"),
        approve("c", "d", of="unit.finance", post="reviewer"),
        approve("d", "b", of="previous.unit", post="head"),
        held={(Post.HEAD, FINANCE.id): (STRANGER,)},
    )
    walk.agree(QIN, GU)
    assert waiting(walk) == ["路人"]
    assert walk.task().unit == FINANCE


def test_a_post_anywhere_is_any_of_its_holders() -> None:
    walk = walk_of(approve("a", "c"), approve("c", "b", of="anywhere", post="reviewer"))
    walk.decide(QIN)
    assert set(walk.task().candidates) == {HE, LV, GU, OU, YAN}
    walk.decide(YAN)
    assert walk.state.node == "b"


def test_the_flow_copies_to_a_post_and_goes_on() -> None:
    copy = (
        '[[nodes]]\nid = "c"\nname = "抄送"\nkind = "copy"\npost = "reviewer"\n'
        'of = "unit.finance"\nnext = "b"\n'
    )
    walk = walk_of(approve("a", "c"), copy)
    walk.decide(QIN)
    (copied,) = [h for h in walk.happened if h.kind is Kind.COPIED]
    assert (copied.people, copied.by, copied.node, copied.why) == ((GU,), None, "c", WhyCopied.COPY)
    assert walk.state.node == "b"
    nobody = walk_of(approve("a", "c"), copy, held={(Post.REVIEWER, FINANCE.id): ()})
    nobody.decide(QIN)
    assert Kind.COPIED not in nobody.kinds
    assert nobody.state.node == "b"


def test_rules_of_the_flow_name_departments_besides_the_reviewer() -> None:
    rule = (
        '[[countersign]]\nwhen = "form.seals.university > 1"\ncondition = "多次"\n'
        'units = ["finance", "research"]\n'
    )
    text = (
        HEAD.replace('"a"', '"unit_office"')
        + rule
        + "[[nodes]]"
        + "[[nodes]]".join(_default_nodes())
    )
    walk = Walk(flow=parse(text))
    walk.submit()
    assert walk.state.countersigners == (FINANCE,)  # 科研部 approves anyway
    walk.agree(LU, QIN)
    walk.decide(HE, ask=(PERSONNEL,))
    assert waiting(walk) == ["顾菁", "欧阳翀"]


def test_there_is_an_end_to_how_many_departments_countersign() -> None:
    walk = Walk()
    walk.submit()
    walk.agree(LU, QIN)
    many = tuple(unit(f"department-{number}", f"{number}号部门") for number in range(31))
    with pytest.raises(errors.TooManyCountersigners) as refusal:
        walk.decide(HE, ask=many)
    assert refusal.value.details == {"most": 30}
    walk.decide(HE, ask=many[:30])
    assert len(walk.waiting) == 30


def _default_nodes() -> list[str]:
    return (FOLDER / "seal-use.toml").read_text(encoding="utf-8").split("[[nodes]]")[1:]


def test_an_opinion_can_be_required() -> None:
    walk = Walk(flow=flow_with(unit_office={"opinion": '"required"'}))
    walk.submit()
    with pytest.raises(errors.OpinionRequired):
        walk.decide(LU, opinion=" ")
    walk.decide(LU, opinion="已核对")
    assert walk.state.node == "unit_head"


def test_whoever_agrees_before_has_to_choose_where_the_flow_says_so() -> None:
    walk = Walk(flow=flow_with(approving_department={"chosen_by_previous": "true"}))
    walk.submit()
    walk.decide(LU)
    before = walk.state
    with pytest.raises(errors.ChoiceRequired) as refusal:
        walk.decide(QIN)
    assert refusal.value.details["node"] == "approving_department"
    assert walk.state == before
    walk.decide(QIN, chosen={"approving_department": (LV,)})
    assert walk.task().candidates == (LV,)


def test_nobody_has_to_choose_among_nobody() -> None:
    walk = Walk(flow=flow_with(approving_department={"chosen_by_previous": "true"}))
    walk.held[Post.REVIEWER, RESEARCH.id] = ()
    walk.submit()
    walk.agree(LU, QIN)
    assert walk.task().state is TaskState.BLOCKED


@pytest.mark.parametrize("mode", ['"any"', '"all"', '"seq"'])
def test_a_seat_that_nobody_holds_blocks_in_every_mode(mode: str) -> None:
    walk = Walk(flow=flow_with(unit_head={"mode": mode}))
    walk.held[Post.HEAD, COMPUTING.id] = ()
    walk.submit()
    walk.decide(LU)
    assert walk.task().state is TaskState.BLOCKED
    assert walk.state.node == "unit_head"


def test_a_deadline_counts_working_time_from_the_turn() -> None:
    walk = Walk(flow=flow_with(unit_head={"deadline": '"4h"', "escalate_after": '"2h"'}))
    walk.submit()
    walk.decide(LU)
    task, zone = walk.task(), walk.world.calendar.zone
    assert task.due_at is not None
    assert task.escalate_at is not None
    assert walk.now.astimezone(zone).strftime("%H:%M") == "12:00"
    assert task.due_at.astimezone(zone).strftime("%d %H:%M") == "02 17:30"
    assert task.escalate_at.astimezone(zone).strftime("%d %H:%M") == "03 10:00"


def test_the_gate_is_reached_by_the_same_people_as_ever() -> None:
    walk = walk_of(approve("a", "b"))
    walk.agree(QIN, HE)
    walk.seal(by=MENG)
    assert walk.status == "completed"
    assert SHEN not in {task.decided_by for task in walk.state.tasks}
    assert XUE not in {task.decided_by for task in walk.state.tasks}
