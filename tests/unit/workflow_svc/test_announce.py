"""What others are told of a decision: which seal follows from it, and who is to countersign."""

from workflow_svc.published import FOLDER

from shared.contracts.people import Post
from shared.contracts.workflow import Approved, Decided, OpinionPlace
from tests.unit.workflow_svc.test_modes import HEAD, approve
from tests.unit.workflow_svc.world import (
    BAI,
    COMPUTING,
    FINANCE,
    GU,
    HE,
    LU,
    OU,
    PERSONNEL,
    QIN,
    RETURN,
    SEAL_OFFICE,
    XUE,
    YAN,
    Walk,
    flow_with,
    parse,
)

DEFAULT = (FOLDER / "seal-use.toml").read_text(encoding="utf-8")
RULE = (
    '[[countersign]]\nwhen = "form.seals.university > 1"\ncondition = "多次"\nunits = ["personnel"]'
)


def decided(walk: Walk) -> list[Decided]:
    return [event for event in walk.events() if isinstance(event, Decided)]


def test_a_units_seal_waits_until_all_of_the_unit_have_agreed() -> None:
    for mode in ('"all"', '"seq"'):
        walk = Walk(flow=flow_with(unit_head={"mode": mode}))
        walk.held[Post.HEAD, COMPUTING.id] = (QIN, BAI)
        walk.submit()
        walk.decide(LU)
        places = []
        for by in (QIN, BAI):
            (mine,) = (task for task in walk.state.live() if by in task.candidates)
            walk.decide(by, task=mine)
            places += [event.place for event in decided(walk)]
        assert places == [None, OpinionPlace.APPLYING_UNIT]


def test_what_is_carried_over_is_sealed_once_for_each_unit() -> None:
    straight = {"after_return": '"straight_back"'}
    walk = Walk(flow=flow_with(unit_head={"mode": '"all"'}, seal_office_review=straight))
    walk.held[Post.HEAD, COMPUTING.id] = (QIN, BAI)
    walk.submit()
    walk.decide(LU)
    for by in (QIN, BAI):
        walk.decide(by, task=next(t for t in walk.waiting if by in t.candidates))
    walk.decide(HE, ask=(FINANCE,))
    walk.agree(GU)
    walk.decide(XUE, RETURN, "请补一份附件")
    walk.submit()
    carried = decided(walk)
    assert sorted(event.place for event in carried if event.place) == [
        OpinionPlace.APPLYING_UNIT,
        OpinionPlace.APPROVING_DEPARTMENT,
        OpinionPlace.COUNTERSIGN,
    ]
    assert {event.countersigners for event in carried} == {(FINANCE,)}


def test_departments_named_by_a_rule_are_told_with_the_first_agreement() -> None:
    walk = Walk(flow=parse(f"{DEFAULT}\n{RULE}"))
    walk.submit()
    told = []
    for by, ask in ((LU, ()), (QIN, ()), (HE, (FINANCE,))):
        walk.decide(by, ask=ask)
        told += [event.countersigners for event in decided(walk)]
    assert told == [(PERSONNEL,), (PERSONNEL,), (PERSONNEL, FINANCE)]
    walk.decide(GU, of=FINANCE)
    walk.decide(OU, RETURN, "不同意", of=PERSONNEL)
    assert decided(walk)[0].countersigners == ()


def test_the_number_is_the_seal_offices_whoever_approved_last() -> None:
    last = approve("c", "gate", of="unit_of_kind.legal_counsel", post="reviewer")
    gate = "[[nodes]]" + DEFAULT.split("[[nodes]]")[-1].replace("on_site_sealing", "gate")
    walk = Walk(flow=parse(HEAD + approve("a", "c") + last + gate))
    walk.submit()
    walk.agree(QIN, YAN)
    (approved,) = (event for event in walk.events() if isinstance(event, Approved))
    assert (approved.by, approved.unit) == (YAN, SEAL_OFFICE)
