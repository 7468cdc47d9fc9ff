"""Definitions: the default one, and what must be refused."""

import pytest
from workflow_svc import condition
from workflow_svc.flow import BadFlow
from workflow_svc.picture import Standing, picture
from workflow_svc.published import FOLDER
from workflow_svc.verify import kept, parse, verify

from tests.unit.workflow_svc.world import DEFAULT_FLOW, RETURN, Walk, form, submitted

DEFAULT = (FOLDER / "seal-use.toml").read_text(encoding="utf-8")

NODE = """
[[nodes]]
id = "{id}"
name = "一"
kind = "{kind}"
post = "{post}"
of = "form.unit"
mode = "any"
on_nobody = "block"
next = "{next}"
"""
HEAD = 'key = "k"\nversion = 1\nname = "n"\nmatter = "m"\nstart = "a"\n'
SOMETIMES = 'when = "form.seals.university > 0"\ncondition = "x"'


GATE = 'kind = "register"\npost = "seal_keeper"\nof = "unit_of_kind.seal_office"'


def node(id_: str, to: str, *, kind: str = "approve", post: str = "head") -> str:
    text = NODE.format(id=id_, next=to, kind=kind, post=post)
    return text.replace(f'kind = "register"\npost = "{post}"\nof = "form.unit"', GATE)


def codes(text: str) -> set[str]:
    return {fault.code for fault in verify(text)}


def test_the_default_flow_is_sound_and_has_its_seven_nodes() -> None:
    assert verify(DEFAULT) == ()
    assert [node.id for node in DEFAULT_FLOW.nodes] == [
        "unit_office",
        "unit_head",
        "approving_department",
        "countersign",
        "legal_counsel",
        "seal_office_review",
        "on_site_sealing",
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('matter = "seal-use"', "", "D01"),
        ("version = 2", "version = 0", "D01"),
        ('matter = "seal-use"', 'matter = "seal-use"\ncolour = "red"', "D01"),
        ('id = "unit_head"', 'id = "unit_office"', "D01"),
        ('start = "unit_office"', 'start = "nowhere"', "D02"),
        ('kind = "register"', 'kind = "script"', "D03"),
        ('next = "legal_counsel"', 'next = "nowhere"', "D04"),
        ("form.horizontal_contract == true", "__import__('os').system('true')", "D06"),
        ("form.horizontal_contract == true", "form.horizontal_contract or true", "D06"),
        ("form.horizontal_contract == true", "form.colour == true", "D07"),
        ("form.horizontal_contract == true", "form.horizontal_contract == 3", "D07"),
        ("form.horizontal_contract == true", "form.business_type < 3", "D07"),
        ('post = "head"', 'post = "emperor"', "D08"),
        ('of = "form.unit"', 'of = "form.materials"', "D09"),
        ('of = "form.unit"', 'of = "form.unit"\nof_each = "countersigners"', "D09"),
        ("names_countersigners = true", "", "D09"),
        ('mode = "any"', 'mode = "some"', "D10"),
        ('kind = "register"', 'kind = "register"\nnames_countersigners = true', "D11"),
        ('on_nobody = "block"', "", "D13"),
        ('on_nobody = "block"', 'on_nobody = "pass"', "D15"),
        ('mode = "any"', 'mode = "auto"', "D15"),
        ('may = ["return", "hand_over", "add_signer"]', 'may = ["hand_over"]', "D12"),
        ('may = ["return", "hand_over", "add_signer"]', 'may = ["return", "skip"]', "D11"),
        ('may = ["return", "hand_over", "add_signer"]', "may = []", "D11"),
        ('deadline = "2d"', 'deadline = "soon"', "D14"),
        ('deadline = "2d"', "", "D14"),
        ('post = "office_staff"', 'post = "office_staff"\nopinion = "maybe"', "D01"),
        ('post = "office_staff"', 'post = "office_staff"\napproves = ["colour"]', "D07"),
        ('post = "office_staff"', 'post = "office_staff"\nafter_return = "sideways"', "D11"),
        ('post = "office_staff"', 'post = "office_staff"\nchosen_by_previous = true', "D09"),
        ('of_each = "countersigners"', "of_each = []", "D09"),
        ('next = "legal_counsel"', "", "D23"),
        (
            'id = "unit_office"',
            'id = "unit_office"\nwhen = "form.seals.university > 0"\ncondition = "x"',
            "D02",
        ),
        ('when = "nonempty(countersigners)"', 'when = "form.seals.university > 0"', "D33"),
        ('matter = "seal-use"', 'matter = "seal-use"\nbusiness_types = ["x"]', "D01"),
        ('matter = "seal-use"', 'matter = "seal-use"\nunits = []', "D16"),
        ('next = "legal_counsel"', 'next = "seal_office_review"', "D20"),
        ('next = "end"', 'next = "unit_office"', "D21"),
        ('next = "on_site_sealing"', 'next = "end"', "D31"),
        ('kind = "register"', 'kind = "register"\nwhen = "form.seals.university > 0"', "D31"),
        ('when = "nonempty(countersigners)"', "", "D33"),
        ('place = "legal_counsel"', 'place = "the_ceiling"', "D35"),
        ('place = "legal_counsel"', 'place = "applying_unit"', "D35"),
        ('place = "countersign"', 'place = "approving_department"', "D35"),
        (
            'when = "form.horizontal_contract == true"',
            'when = "form.power_of_attorney == true"',
            "D35",
        ),
        ('post = "office_staff"', 'post = "office_staff"\nplace = "applying_unit"', "D35"),
        ('kind = "register"', 'kind = "register"\nplace = "countersign"', "D35"),
        (GATE, GATE.replace("unit_of_kind.seal_office", "form.unit"), "D37"),
        (GATE, GATE.replace("seal_keeper", "administrator"), "D37"),
    ],
)
def test_a_definition_that_could_misuse_a_seal_or_hang_is_refused(
    old: str, new: str, code: str
) -> None:
    assert old in DEFAULT
    assert code in codes(DEFAULT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('place = "countersign"', 'place = "approving_department"'),
        (GATE, GATE.replace("unit_of_kind.seal_office", "form.unit")),
    ],
)
def test_what_was_published_goes_on_by_the_rules_of_its_day(old: str, new: str) -> None:
    text = DEFAULT.replace(old, new)
    with pytest.raises(BadFlow):
        parse(text)
    assert [node.id for node in kept(text).nodes] == [node.id for node in DEFAULT_FLOW.nodes]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('next = "end"', 'next = "unit_office"'),
        ('next = "legal_counsel"', 'next = "nowhere"'),
        ('post = "office_staff"', 'post = "janitor"'),
        ("[[nodes]]", "[[nodes"),
    ],
)
def test_what_cannot_be_run_is_no_flow_whenever_it_was_published(old: str, new: str) -> None:
    with pytest.raises(BadFlow):
        kept(DEFAULT.replace(old, new))


def test_two_gates_are_refused() -> None:
    text = HEAD + node("a", "b") + node("b", "c", post="reviewer")
    text += node("c", "d", kind="register") + node("d", "end", kind="register")
    assert "D30" in codes(text)


def test_fewer_than_two_approvals_by_different_posts_before_the_gate_are_refused() -> None:
    text = HEAD + node("a", "b") + node("b", "c") + node("c", "end", kind="register")
    assert codes(text) == {"D32"}


def test_an_approval_after_the_gate_is_refused() -> None:
    text = HEAD + node("a", "b") + node("b", "c", post="reviewer")
    text += node("c", "d", kind="register") + node("d", "end", post="office_staff")
    assert codes(text) == {"D34"}


CHOICE = '[[nodes]]\nid = "c"\nname = "c"\nkind = "choice"\n{}\n'
CASE = '[[nodes.cases]]\nwhen = "form.horizontal_contract == true"\ncondition = "有"\nnext = "{}"\n'


def three(*tables: str) -> str:
    """a → whatever is given → gate, all nodes by different posts."""
    gate = node("gate", "end", kind="register", post="seal_keeper")
    return HEAD + "".join(tables) + gate


def test_a_choice_with_two_ways_on_each_of_which_two_approve_is_sound() -> None:
    text = three(
        node("a", "c"),
        CHOICE.format('else = "d"\n' + CASE.format("e")),
        node("d", "gate", post="reviewer"),
        node("e", "gate", post="office_staff"),
    )
    assert codes(text) == set()


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ('else = "gate"\n' + CASE.format("d"), "D32"),  # one way has one approval only
        ('else = "d"\n' + CASE.format("gate"), "D32"),
        ('else = "d"\n' + CASE.format("end"), "D31"),
        ('else = "d"\n' + CASE.format("a"), "D21"),
        ('else = "d"\n' + CASE.format("nowhere"), "D04"),
        ('else = "d"', "D05"),
        (CASE.format("d"), "D05"),
        ('else = "d"\n[[nodes.cases]]\nnext = "d"', "D05"),
        ('else = "d"\nplace = "countersign"\n' + CASE.format("d"), "D11"),
        ('else = "d"\nmode = "any"\n' + CASE.format("d"), "D11"),
        ('else = "d"\n' + CASE.format("d").replace("true", "eval(1)"), "D06"),
        ('else = "d"\n' + CASE.format("d").replace('condition = "有"', ""), "D01"),
    ],
)
def test_a_choice_that_leads_past_an_approval_or_nowhere_is_refused(choice: str, code: str) -> None:
    text = three(node("a", "c"), CHOICE.format(choice), node("d", "gate", post="reviewer"))
    assert code in codes(text)


def test_an_approval_that_may_be_skipped_counts_for_nothing() -> None:
    skipped = node("d", "gate", post="reviewer").replace(
        "mode", 'when = "form.seals.university > 0"\ncondition = "x"\nmode'
    )
    assert codes(three(node("a", "d"), skipped)) == {"D32"}


def test_many_choices_are_verified_in_no_time() -> None:
    """As many ways as 2**25; the verifier looks at nodes, not at ways."""
    tables = [node("a", "c0")]
    for number in range(25):
        onward = f"c{number + 1}" if number < 24 else "d"
        choice = CHOICE.replace('"c"', f'"c{number}"')
        tables.append(choice.format(f'else = "{onward}"\n' + CASE.format(f"m{number}")))
        tables.append(node(f"m{number}", onward, post="office_staff"))
    assert codes(three(*tables, node("d", "gate", post="reviewer"))) == set()


def test_an_end_may_be_named_once() -> None:
    end = '[[nodes]]\nid = "{}"\nname = "办结"\nkind = "end"\n'
    text = three(node("a", "b"), node("b", "gate", post="reviewer"))
    text = text.replace('next = "end"', 'next = "one"') + end.format("one")
    assert codes(text) == set()
    assert "D22" in codes(text + end.format("two"))
    assert "D04" in codes(text.replace('next = "one"', 'next = "end"'))


def test_departments_that_are_named_are_asked_on_every_way() -> None:
    naming = node("a", "c").replace("mode", "names_countersigners = true\nmode")
    asking = node("e", "b", post="head").replace(
        'of = "form.unit"',
        'of_each = "countersigners"\nwhen = "nonempty(countersigners)"\ncondition = "有"',
    )
    last = node("b", "gate", post="reviewer")
    past = three(naming, CHOICE.format('else = "b"\n' + CASE.format("e")), asking, last)
    assert codes(past) == {"D09"}
    assert codes(three(naming.replace('"c"', '"e"'), asking, last)) == set()
    assert codes(three(naming.replace('"c"', '"b"'), last)) == {"D09"}


def test_what_is_corrected_on_the_way_straight_back_is_seen_by_two() -> None:
    part = node("a", "b").replace("mode", 'approves = ["unit"]\nmode')
    straight = node("b", "gate", post="reviewer").replace(
        "mode", 'after_return = "straight_back"\nmode'
    )
    assert codes(three(part, straight)) == {"D36"}
    assert codes(three(node("a", "b"), straight)) == set()
    more = node("d", "gate", post="office_staff")
    assert codes(three(part, straight.replace('"gate"', '"d"'), more)) == set()


def test_a_seal_is_the_acting_units() -> None:
    anywhere = (
        node("a", "b")
        .replace('"form.unit"', '"anywhere"')
        .replace("mode", 'place = "applying_unit"\nmode')
    )
    assert codes(three(anywhere, node("b", "gate", post="reviewer"))) == {"D35"}


def test_a_file_that_is_not_toml_is_refused_with_its_place() -> None:
    with pytest.raises(BadFlow, match="line 1"):
        parse("key = 3 4")


def test_every_fault_names_its_place() -> None:
    faults = verify(DEFAULT.replace('post = "head"', 'post = "emperor"'))
    assert [fault.place for fault in faults] == ["unit_head.post"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("form.horizontal_contract == true", False),
        ("form.horizontal_contract != true", True),
        ("form.seals.university >= 2", True),
        ("form.seals.university > 2", False),
        ('form.business_type == "research"', True),
        ("nonempty(form.materials)", True),
        ("nonempty(countersigners)", False),
    ],
)
def test_conditions_ask_about_the_form(text: str, holds: bool) -> None:
    assert condition.parse(text).holds(condition.facts_of(form(), ())) is holds


def standings(walk: Walk) -> dict[str, str]:
    drawn = picture(walk.flow, walk.state)
    return {node.id: standing.value for node, standing in drawn}


def test_the_picture_shows_where_a_request_stands() -> None:
    walk = submitted()
    assert standings(walk)["unit_office"] == "current"
    assert standings(walk)["countersign"] == "upcoming"  # not yet known
    assert standings(walk)["legal_counsel"] == "skipped"  # known from the form
    walk.decide(walk.task().candidates[0])
    assert standings(walk)["unit_office"] == "done"


def test_the_picture_skips_countersigning_once_nobody_was_named() -> None:
    walk = submitted()
    for _ in range(3):
        walk.decide(walk.task().candidates[0])
    assert standings(walk)["countersign"] == "skipped"


def test_after_a_return_the_whole_way_is_to_come_again() -> None:
    walk = submitted()
    walk.decide(walk.task().candidates[0], verdict=RETURN, opinion="退回")
    assert {Standing.DONE.value, Standing.CURRENT.value} & set(standings(walk).values()) == set()
