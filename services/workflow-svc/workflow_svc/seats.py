"""Who sits where: which post of which unit a node asks, who holds it, who stands in for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.contracts.people import Person, PersonId, Post, Unit, UnitId, UnitKind
from workflow_svc.domain import Instance
from workflow_svc.errors import DirectoryIncomplete
from workflow_svc.flow import (
    CodeUnits,
    Flow,
    FlowNode,
    FormUnit,
    KindUnit,
    NamedUnits,
    Somewhere,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A post in a unit: the unit by its id, by its code, as the one of its kind, or in any."""

    post: Post
    unit: UnitId | UnitKind | str | Somewhere


@dataclass(frozen=True, slots=True)
class StandIn:
    """Someone to whom `holder` has delegated, now: for one post or all, in one unit or all."""

    holder: PersonId
    person: Person
    mobile: str | None = None
    post: Post | None = None
    unit: UnitId | None = None

    def covers(self, post: Post, unit: UnitId) -> bool:
        return self.post in {None, post} and self.unit in {None, unit}


@dataclass(frozen=True, slots=True)
class Directory:
    """As much of the directory as a command needs: active people in active units.

    `left`: of the people asked about by name, those who are active no more. `home`: the unit that
    a person asked about by name belongs to first of all.
    """

    held: Mapping[tuple[Post, UnitId], tuple[Person, ...]]
    of_kind: Mapping[UnitKind, Unit] = field(default_factory=dict)
    coded: Mapping[str, Unit] = field(default_factory=dict)
    stand_ins: tuple[StandIn, ...] = ()
    left: frozenset[PersonId] = frozenset()
    home: Mapping[PersonId, Unit] = field(default_factory=dict)

    def holders(self, node: FlowNode, unit: UnitId) -> tuple[Person, ...]:
        """Who holds the post that the node asks; `unit` says in which unit."""
        post = post_of(node)
        if node.units is Somewhere.ANYWHERE:
            everyone = (people for (held, _), people in self.held.items() if held is post)
            return tuple(dict.fromkeys(person for people in everyone for person in people))
        return self.held.get((post, unit), ())

    def unit_of(self, kind: UnitKind) -> Unit:
        """Raises: DirectoryIncomplete when no unit is of this kind."""
        if kind not in self.of_kind:
            raise DirectoryIncomplete(unit_kind=kind.value)
        return self.of_kind[kind]

    def unit_coded(self, code: str) -> Unit:
        """Raises: DirectoryIncomplete when no active unit has this code."""
        if code not in self.coded:
            raise DirectoryIncomplete(unit_code=code)
        return self.coded[code]


def post_of(node: FlowNode) -> Post:
    """The post of a node where people are asked or told. Raises: ValueError for another."""
    if node.post is None:
        raise ValueError(f"{node.id} asks nobody")
    return node.post


def seats_of(node: FlowNode, instance: Instance, flow: Flow) -> Iterable[Seat]:
    """The seats that a node asks, as far as the form and the decisions so far tell."""
    post, rule = node.post, node.units
    if post is None:
        return
    if isinstance(rule, KindUnit):
        yield Seat(post, rule.kind)
    elif isinstance(rule, FormUnit):
        yield Seat(post, _form_unit(rule, instance).id)
    elif isinstance(rule, CodeUnits):
        yield from (Seat(post, code) for code in rule.codes)
    elif rule is Somewhere.ANYWHERE:
        yield Seat(post, Somewhere.ANYWHERE)
    elif rule is Somewhere.PREVIOUS:
        acting = {task.unit.id for task in instance.tasks if task.revision == instance.revision}
        yield from (Seat(post, unit) for unit in sorted({*acting, instance.form.unit.id}))
    elif isinstance(rule, NamedUnits):
        yield from (Seat(post, unit.id) for unit in instance.countersigners)
        yield from (Seat(post, code) for each in flow.rules for code in each.units)


def units_of(node: FlowNode, instance: Instance, directory: Directory) -> tuple[Unit, ...]:
    """The units whose people a node asks. Raises: DirectoryIncomplete."""
    rule = node.units
    if isinstance(rule, KindUnit):
        return (directory.unit_of(rule.kind),)
    if isinstance(rule, FormUnit):
        return (_form_unit(rule, instance),)
    if isinstance(rule, CodeUnits):
        return tuple(directory.unit_coded(code) for code in rule.codes)
    if isinstance(rule, NamedUnits):
        return instance.countersigners
    return (instance.form.unit if rule is Somewhere.ANYWHERE else instance.last_unit,)


def _form_unit(rule: FormUnit, instance: Instance) -> Unit:
    form = instance.form
    return form.unit if rule is FormUnit.UNIT else form.approving_department
