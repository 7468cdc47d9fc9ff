"""Reads a definition's tables into nodes, noting what is wrong rather than stopping at it. Pure."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

from shared.contracts.people import BusinessType, Post, UnitKind
from shared.contracts.workflow import OpinionPlace
from workflow_svc import condition
from workflow_svc.flow import (
    MOST_COUNTERSIGNERS,
    AfterReturn,
    Case,
    CodeUnits,
    CountersignRule,
    Fault,
    FlowNode,
    FormUnit,
    KindUnit,
    May,
    Mode,
    NamedUnits,
    NodeKind,
    Somewhere,
    UnitRule,
    is_tables,
)
from workflow_svc.form_parts import PARTS
from workflow_svc.lines import Lines, Place
from workflow_svc.working_time import Span

E = TypeVar("E", bound=StrEnum)
Table = Mapping[str, object]

_EVERY = frozenset({"id", "name", "kind", "next"})
_WHO = frozenset({"post", "of", "mode", "on_nobody", "deadline", "escalate_after"})
_SOMETIMES = frozenset({"when", "condition"})
_APPROVAL = frozenset(
    {
        *("of_each", "place", "names_countersigners", "chosen_by_previous"),
        *("opinion", "may", "after_return", "approves"),
    }
)
KEYS: Mapping[NodeKind, frozenset[str]] = {
    NodeKind.APPROVE: _EVERY | _WHO | _SOMETIMES | _APPROVAL,
    NodeKind.REGISTER: _EVERY | _WHO,
    NodeKind.COPY: _EVERY | _SOMETIMES | {"post", "of", "of_each"},
    NodeKind.CHOICE: frozenset({"id", "name", "kind", "cases", "else"}),
    NodeKind.END: frozenset({"id", "name", "kind"}),
}
KNOWN = frozenset[str]().union(*KEYS.values())
JUDGEMENTS = frozenset({"D35"})  # of what a node says, not of how: it could be run all the same
# What is worse than a key in the wrong place: a seal, or a way past the gate.
_WORSE = {"place": "D35", "when": "D31"}
_KIND_UNIT = "unit_of_kind."
_CODE_UNIT = "unit."
_SEALS: Mapping[OpinionPlace, UnitRule] = {
    OpinionPlace.APPLYING_UNIT: FormUnit.UNIT,
    OpinionPlace.APPROVING_DEPARTMENT: FormUnit.APPROVING_DEPARTMENT,
    OpinionPlace.COUNTERSIGN: NamedUnits.COUNTERSIGNERS,
    OpinionPlace.LEGAL_COUNSEL: KindUnit(UnitKind.LEGAL_COUNSEL),
}
_CONTRACT = "form.horizontal_contract == true"
_ONE_OF_A_KIND = (UnitKind.LEGAL_COUNSEL, UnitKind.SEAL_OFFICE)


class TableReader:
    """One table of a definition: what it says, and what is wrong with it."""

    def __init__(self, table: Table, place: Place, lines: Lines, *, name: str) -> None:
        self.table = table
        self.name = name
        self.faults: list[Fault] = []
        self._place = place
        self._lines = lines

    def fault(self, code: str, key: str, message: str) -> None:
        place = f"{self.name}.{key}" if self.name else key
        self.faults.append(Fault(code, place, message, self._lines.of(*self._place, key)))

    def only(self, known: frozenset[str]) -> None:
        for key in sorted(self.table.keys() - known):
            self.fault("D01", key, "unknown key")

    def text(self, key: str, *, code: str = "D01", message: str = "must be a text") -> str:
        value = self.table.get(key)
        if isinstance(value, str) and value:
            return value
        self.fault(code, key, message)
        return ""

    def flag(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            self.fault("D01", key, "must be true or false")
        return value is True

    def enum(self, key: str, kind: type[E], code: str) -> E | None:
        value = self.table.get(key)
        if key == "mode" and value == "auto":
            code = "D15"  # nobody would have approved
        try:
            return kind(str(value))
        except ValueError:
            known = ", ".join(member.value for member in kind)
            self.fault(code, key, f"{value!r} is none of: {known}")
            return None

    def texts(self, key: str, code: str) -> tuple[str, ...]:
        """A list of different texts that is not empty."""
        value = self.table.get(key)
        found = [v for v in value if isinstance(v, str) and v] if isinstance(value, list) else []
        if not found or found != value or len(set(found)) < len(found):
            self.fault(code, key, "must be a list of different texts")
            return ()
        return tuple(found)

    def question(self) -> tuple[condition.Condition | None, str | None]:
        """`when`, and what it is called in people's words."""
        when = self.table.get("when")
        if when is None:
            return None, None
        words = self.table.get("condition")
        if not isinstance(words, str) or not words:
            self.fault("D01", "condition", "say `when` in people's words")
        try:
            return condition.parse(str(when)), str(words)
        except condition.OutsideGrammar as error:
            self.fault("D06", "when", str(error))
        except condition.WrongField as error:
            self.fault("D07", "when", str(error))
        return None, None


class NodeReader(TableReader):
    """Reads one [[nodes]] table."""

    def __init__(self, table: Table, number: int, lines: Lines) -> None:
        name = str(table.get("id") or f"nodes[{number + 1}]")
        super().__init__(table, ("nodes", number), lines, name=name)
        self._number = number

    def read(self) -> FlowNode | None:
        self.only(KNOWN)
        kind = self.enum("kind", NodeKind, "D03")
        if kind is None:
            return None
        for key in sorted(self.table.keys() & KNOWN - KEYS[kind]):
            code = _WORSE.get(key, "D11") if kind is NodeKind.REGISTER else "D11"
            self.fault(code, key, f"means nothing at a node of kind {kind}")
        node = {
            NodeKind.APPROVE: self._approve,
            NodeKind.REGISTER: self._register,
            NodeKind.COPY: self._copy,
            NodeKind.CHOICE: self._choice,
            NodeKind.END: self._end,
        }[kind]()
        return node if all(fault.code in JUDGEMENTS for fault in self.faults) else None

    def _end(self) -> FlowNode:
        return FlowNode(self.text("id"), self.text("name"), NodeKind.END, next="")

    def _next(self) -> str:
        return self.text("next", code="D23", message="does not say where it goes on: a dead end")

    def _approve(self) -> FlowNode:
        when, words = self.question()
        units = self._units()
        if units is NamedUnits.COUNTERSIGNERS and not (when and when.is_nonempty_countersigners):
            message = 'the list may be empty: say when = "nonempty(countersigners)"'
            self.fault("D33", "when", f"{message}, nothing passes by itself")
        self._nobody()
        place = self.enum("place", OpinionPlace, "D35") if "place" in self.table else None
        self._seal(place, units, when)
        chosen = self.flag("chosen_by_previous")
        if chosen and "of_each" in self.table:
            self.fault("D09", "chosen_by_previous", "people are chosen at a node of one unit")
        return FlowNode(
            self.text("id"),
            self.text("name"),
            NodeKind.APPROVE,
            self._next(),
            post=self.enum("post", Post, "D08"),
            units=units,
            mode=self.enum("mode", Mode, "D10") or Mode.ANY,
            when=when,
            condition=words,
            place=place,
            names_countersigners=self.flag("names_countersigners"),
            chosen_by_previous=chosen,
            opinion_required=self._opinion(),
            may=self._may(),
            deadline=self._span("deadline"),
            escalate_after=self._escalation(),
            after_return=self._after_return(),
            approves=self._approves(),
        )

    def _register(self) -> FlowNode:
        self._nobody()
        mode = self.enum("mode", Mode, "D10")
        if mode not in {None, Mode.ANY}:
            self.fault("D11", "mode", "one use of the seal closes a register node")
        return FlowNode(
            self.text("id"),
            self.text("name"),
            NodeKind.REGISTER,
            self._next(),
            post=self.enum("post", Post, "D08"),
            units=self._units(),
            may=frozenset(),
            deadline=self._span("deadline"),
            escalate_after=self._escalation(),
        )

    def _copy(self) -> FlowNode:
        when, words = self.question()
        return FlowNode(
            self.text("id"),
            self.text("name"),
            NodeKind.COPY,
            self._next(),
            post=self.enum("post", Post, "D08"),
            units=self._units(),
            when=when,
            condition=words,
            may=frozenset(),
        )

    def _choice(self) -> FlowNode:
        rows = self.table.get("cases")
        cases = tuple(self._cases(rows)) if is_tables(rows) else ()  # type: ignore[arg-type]
        if not is_tables(rows):
            self.fault("D05", "cases", "a choice needs [[nodes.cases]]")
        otherwise = self.text("else", code="D05", message="must say where it goes otherwise")
        return FlowNode(
            self.text("id"),
            self.text("name"),
            NodeKind.CHOICE,
            otherwise,
            cases=cases,
            may=frozenset(),
        )

    def _cases(self, rows: list[Table]) -> Iterator[Case]:
        for number, row in enumerate(rows):
            place = ("nodes", self._number, "cases", number)
            reader = TableReader(row, place, self._lines, name=f"{self.name}.cases[{number + 1}]")
            reader.only(frozenset({"when", "condition", "next"}))
            if "when" not in row:
                reader.fault("D05", "when", "a case says when it holds")
            when, words = reader.question()
            target = reader.text("next", code="D23", message="does not say where it goes on")
            self.faults += reader.faults
            if when is not None:
                yield Case(when, words or "", target)

    def _units(self) -> UnitRule | None:
        of, of_each = self.table.get("of"), self.table.get("of_each")
        if (of is None) == (of_each is None):
            self.fault("D09", "of", "give either `of` or `of_each`")
            return None
        if isinstance(of_each, list):
            codes = self.texts("of_each", "D09")
            if len(codes) > MOST_COUNTERSIGNERS:
                self.fault("D09", "of_each", f"at most {MOST_COUNTERSIGNERS} departments")
            return CodeUnits(codes)
        if of_each is not None:
            return self.enum("of_each", NamedUnits, "D09")
        return self._unit(str(of))

    def _unit(self, text: str) -> UnitRule | None:
        kinds = {_KIND_UNIT + kind: KindUnit(kind) for kind in _ONE_OF_A_KIND}
        if text in kinds:
            return kinds[text]
        if text.startswith(_CODE_UNIT) and text != _CODE_UNIT:
            return CodeUnits((text.removeprefix(_CODE_UNIT),), one=True)
        if text in set(Somewhere):
            return Somewhere(text)
        known = [*FormUnit, *Somewhere, *kinds, "unit.CODE"]
        if text not in set(FormUnit):
            self.fault("D09", "of", f"{text!r} is none of: {', '.join(known)}")
            return None
        return FormUnit(text)

    def _seal(
        self, place: OpinionPlace | None, units: UnitRule | None, when: condition.Condition | None
    ) -> None:
        """Each cell of the sheet is one department's, as document-svc will ask too."""
        if place is None or units is None:
            return
        whose = _SEALS[place]
        if units != whose:
            message = f"{place} is the cell, and the seal, of {_words(whose)}"
            self.fault("D35", "place", message)
        elif place is OpinionPlace.LEGAL_COUNSEL and (when is None or when.text != _CONTRACT):
            self.fault("D35", "when", f"counsel seals contracts only: say when = {_CONTRACT!r}")

    def _nobody(self) -> None:
        value = self.table.get("on_nobody")
        if value in {"pass", "skip", "agree", "auto"}:
            self.fault("D15", "on_nobody", "nothing is ever approved by nobody")
        elif value != "block":
            self.fault("D13", "on_nobody", 'must say "block": the administrator is asked')

    def _opinion(self) -> bool:
        value = self.table.get("opinion", "optional")
        if value not in {"optional", "required"}:
            self.fault("D01", "opinion", 'is "optional" or "required"')
        return value == "required"

    def _may(self) -> frozenset[May]:
        if "may" not in self.table:
            return frozenset({May.RETURN})
        found = set()
        for name in self.texts("may", "D11"):
            if name not in set(May):
                self.fault("D11", "may", f"{name!r} is none of: {', '.join(May)}")
            else:
                found.add(May(name))
        if found and May.RETURN not in found:
            self.fault("D12", "may", "who cannot return cannot refuse")
        return frozenset(found)

    def _span(self, key: str) -> Span | None:
        if key not in self.table:
            return None
        try:
            return Span.parse(str(self.table[key]))
        except ValueError as error:
            self.fault("D14", key, str(error))
            return None

    def _escalation(self) -> Span | None:
        if "escalate_after" in self.table and "deadline" not in self.table:
            self.fault("D14", "escalate_after", "counts from a deadline, and there is none")
        return self._span("escalate_after")

    def _after_return(self) -> AfterReturn:
        if "after_return" not in self.table:
            return AfterReturn.START_OVER
        return self.enum("after_return", AfterReturn, "D11") or AfterReturn.START_OVER

    def _approves(self) -> frozenset[str]:
        if "approves" not in self.table:
            return PARTS
        parts = self.texts("approves", "D07")
        for name in parts:
            if name not in PARTS:
                self.fault("D07", "approves", f"{name!r} is none of: {', '.join(sorted(PARTS))}")
        return frozenset(parts)


def _words(units: UnitRule) -> str:
    return _KIND_UNIT + units.kind if isinstance(units, KindUnit) else str(units)


def rule(table: Table, number: int, lines: Lines) -> tuple[CountersignRule | None, list[Fault]]:
    """One [[countersign]] table: departments that always countersign when it holds."""
    place = ("countersign", number)
    reader = TableReader(table, place, lines, name=f"countersign[{number + 1}]")
    reader.only(frozenset({"when", "condition", "units"}))
    when, words = reader.question()
    if "when" not in table:
        reader.fault("D05", "when", "a rule says when it holds")
    if when is not None and when.asks_countersigners:
        reader.fault("D07", "when", "asks about what it decides")
    units = reader.texts("units", "D09")
    if reader.faults or when is None:
        return None, reader.faults
    return CountersignRule(when, words or "", units), []


def business_types(reader: TableReader) -> tuple[BusinessType, ...]:
    """Which requests a definition is for; all, when it does not say."""
    if "business_types" not in reader.table:
        return ()
    found = []
    for name in reader.texts("business_types", "D01"):
        if name not in set(BusinessType):
            known = ", ".join(BusinessType)
            reader.fault("D01", "business_types", f"{name!r} is none of: {known}")
        else:
            found.append(BusinessType(name))
    return tuple(found)
