"""Definitions of flows as anyone might write them; most of them the verifier passes.

Ways fork and skip, lists are fixed or named on the way, people agree one, all, or one after
another. What is drawn goes forward only and ends at the gate, since anything else is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from workflow_svc.flow import reachable
from workflow_svc.form_parts import PARTS
from workflow_svc.verify import parse, verify

from shared.contracts.people import BusinessType
from shared.contracts.request import SealCount, Seals
from tests.unit.workflow_svc.world import flow_with

HEAD = 'key = "generated"\nversion = 1\nname = "生成"\nmatter = "seal-use"\nstart = "first"\n'
CONDITIONS = (
    "form.horizontal_contract == true",
    "form.power_of_attorney != true",
    'form.business_type == "research"',
    'form.business_type != "general"',
    "form.seals.university > 1",
    "form.seals.university <= 2",
    "form.legal_certificate >= 1",
    "nonempty(form.contract_files)",
    "nonempty(form.materials)",
    "nonempty(countersigners)",
)
CONTRACT = CONDITIONS[0]
# Post, whom of, and the cell of the sheet that is theirs.
SEATS = (
    ("office_staff", 'of = "form.unit"', ""),
    ("head", 'of = "form.unit"', "applying_unit"),
    ("reviewer", 'of = "form.approving_department"', "approving_department"),
    ("reviewer", 'of = "unit.finance"', ""),
    ("reviewer", 'of_each = ["finance", "personnel"]', ""),
    ("reviewer", 'of = "unit_of_kind.legal_counsel"', "legal_counsel"),
    ("seal_keeper", 'of = "unit_of_kind.seal_office"', ""),
    ("head", 'of = "previous.unit"', ""),
    ("reviewer", 'of = "previous.unit"', ""),
    ("reviewer", 'of = "anywhere"', ""),
)
COUNTERSIGN = ("reviewer", 'of_each = "countersigners"', "countersign")
MODES = st.sampled_from(["any", "all", "seq"])
MAY = st.sampled_from(['["return"]', '["return", "hand_over"]', '["return", "add_signer"]'])
Lines = list[str]


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """What of a form the conditions ask about."""
    none = SealCount(count=0, place="")
    seals = SealCount(count=draw(st.integers(1, 3)), place="各页")
    return {
        "business_type": draw(st.sampled_from(BusinessType)),
        "power_of_attorney": draw(st.booleans()),
        "horizontal_contract": draw(st.booleans()),
        "seals": Seals(university=seals, president=none, party_committee=none),
    }


@st.composite
def definitions(draw: st.DrawFn) -> str:
    """The text of a flow; not each is one that may be published."""
    countersigned = draw(st.booleans())
    kinds = draw(st.lists(st.sampled_from(["approve", "approve", "choice", "copy"]), max_size=5))
    inner = [f"{kind}{number}" for number, kind in enumerate(kinds)]
    ids = ["first", *inner, *(["asked"] if countersigned else []), "last", "gate", "told"]
    free: set[str] = {place for _, _, place in (*SEATS, COUNTERSIGN)}
    ruled = countersigned and draw(st.booleans())
    tables = {
        "first": _approve(draw, "first", ids, free, naming=countersigned and not ruled),
        "last": _approve(draw, "last", ids, free),
        "gate": _register(draw(st.sampled_from(["told", "end"]))),
        "told": _copy(draw, "told", "end"),
    }
    for node in inner:
        kind = node.rstrip("0123456789")
        if kind == "choice":
            tables[node] = _choice(draw, node, ids)
        elif kind == "copy":
            tables[node] = _copy(draw, node, _after(node, ids))
        else:
            tables[node] = _approve(draw, node, ids, free, asked=draw(st.booleans()))
    if countersigned:
        tables["asked"] = _countersign(draw, ids, free)
    rules = [f"[[countersign]]{_when(draw, CONDITIONS[:-1])}", 'units = ["finance", "personnel"]']
    return HEAD + "\n".join([*_reached(tables), *(rules if ruled else [])])


def _approve(
    draw: st.DrawFn,
    node: str,
    ids: list[str],
    free: set[str],
    *,
    asked: bool = False,
    naming: bool = False,
) -> Lines:
    """`asked`: only under a condition; `naming`: may name departments."""
    post, units, place = draw(st.sampled_from(SEATS))
    lines = [*_head(node, "approve", post, units), f'next = "{_onward(draw, node, ids)}"']
    chosen = node != "first" and "of_each" not in units and draw(st.integers(0, 3)) == 0
    lines += ["chosen_by_previous = true"] if chosen else []
    lines += ["names_countersigners = true"] if naming else []
    if place in free - {""} and draw(st.booleans()) and (asked or place != "legal_counsel"):
        free.discard(place)
        lines.append(f'place = "{place}"')
        if place == "legal_counsel":
            return [*lines, *_rest(draw), f'when = "{CONTRACT}"\ncondition = "有合同"']
    return [*lines, *_rest(draw), *([_when(draw)] if asked else [])]


def _countersign(draw: st.DrawFn, ids: list[str], free: set[str]) -> Lines:
    post, units, place = COUNTERSIGN
    lines = [*_head("asked", "approve", post, units), f'next = "{_after("asked", ids)}"']
    lines += [f'place = "{place}"'] if draw(st.booleans()) else []
    return [*lines, *_rest(draw), 'when = "nonempty(countersigners)"\ncondition = "有会签"']


def _rest(draw: st.DrawFn) -> Lines:
    lines = [f'mode = "{draw(MODES)}"', 'on_nobody = "block"', f"may = {draw(MAY)}"]
    lines += ['deadline = "2d"\nescalate_after = "1d"'] if draw(st.booleans()) else []
    lines += ['opinion = "required"'] if draw(st.booleans()) else []
    lines += ['after_return = "straight_back"'] if draw(st.booleans()) else []
    if draw(st.integers(0, 3)) == 0:
        parts = draw(st.lists(st.sampled_from(sorted(PARTS)), min_size=1, unique=True))
        lines.append(f"approves = {sorted(parts)}")
    return lines


def _choice(draw: st.DrawFn, node: str, ids: list[str]) -> Lines:
    cases = (
        f'[[nodes.cases]]{_when(draw)}\nnext = "{_onward(draw, node, ids)}"'
        for _ in range(draw(st.integers(1, 2)))
    )
    return [*_head(node, "choice"), f'else = "{_after(node, ids)}"', *cases]


def _copy(draw: st.DrawFn, node: str, target: str) -> Lines:
    post, units, _ = draw(st.sampled_from(SEATS))
    lines = [*_head(node, "copy", post, units), f'next = "{target}"']
    return [*lines, *([_when(draw)] if draw(st.booleans()) else [])]


def _register(target: str) -> Lines:
    units = 'of = "unit_of_kind.seal_office"'
    rest = ['mode = "any"', 'on_nobody = "block"', f'next = "{target}"']
    return [*_head("gate", "register", "seal_keeper", units), *rest]


def _head(node: str, kind: str, post: str = "", units: str = "") -> Lines:
    head = [f'[[nodes]]\nid = "{node}"', f'name = "{node}"', f'kind = "{kind}"']
    return [*head, *([f'post = "{post}"', units] if post else [])]


def _when(draw: st.DrawFn, conditions: Sequence[str] = CONDITIONS) -> str:
    return f"\nwhen = '{draw(st.sampled_from(conditions))}'\ncondition = \"某种情形\""


def _after(node: str, ids: list[str]) -> str:
    return ids[ids.index(node) + 1]


def _onward(draw: st.DrawFn, node: str, ids: list[str]) -> str:
    """Mostly the next one; otherwise some nodes are passed by, but nobody who is named."""
    bound = "asked" if "asked" in ids and node != "asked" else "gate"
    ahead = ids[ids.index(node) + 1 : ids.index(bound) + 1] or [_after(node, ids)]
    return draw(st.sampled_from([ahead[0], ahead[0], *ahead]))


def _reached(tables: Mapping[str, Lines]) -> Iterable[str]:
    """Without what no way leads to, which would be refused."""
    ways = {node: _Ways(_targets(lines)) for node, lines in tables.items()}
    found = reachable(ways, ("first",))  # type: ignore[arg-type]
    return ("\n".join(lines) for node, lines in tables.items() if node in found)


class _Ways:
    def __init__(self, targets: tuple[str, ...]) -> None:
        self.targets = targets


def _targets(lines: Lines) -> tuple[str, ...]:
    said = (line for text in lines for line in text.splitlines())
    return tuple(line.split('"')[1] for line in said if line.startswith(("next = ", "else = ")))


APPROVING = ("unit_office", "unit_head", "approving_department", "seal_office_review")
LINES = st.fixed_dictionaries(
    {"mode": MODES.map(lambda mode: f'"{mode}"')},
    optional={
        "after_return": st.sampled_from(['"start_over"', '"straight_back"']),
        "may": st.sampled_from(['["return"]', '["return", "hand_over", "add_signer"]']),
        "opinion": st.sampled_from(['"optional"', '"required"']),
    },
)
OF_THE_DEFAULT = st.dictionaries(
    st.sampled_from([*APPROVING, "countersign", "legal_counsel"]), LINES
).map(lambda lines: flow_with(**lines))
PASSED = definitions().filter(lambda text: not verify(text)).map(parse)
