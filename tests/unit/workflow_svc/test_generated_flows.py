"""Whatever flow the verifier passes and whatever people do on it, the invariants hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from workflow_svc import errors, form_parts, handing_over, picture, record
from workflow_svc.domain import Instance, Kind, Status, Task, TaskState
from workflow_svc.flow import (
    AfterReturn,
    CodeUnits,
    Flow,
    FlowNode,
    FormUnit,
    KindUnit,
    Mode,
    NamedUnits,
    NodeKind,
    Somewhere,
)
from workflow_svc.seats import StandIn, post_of
from workflow_svc.signers import Turn

from shared.contracts import Event
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Approved, Decided, Returned, Started, Verdict, Withdrawn
from shared.errors import Refusal
from shared.record import chain
from tests.unit.workflow_svc import world
from tests.unit.workflow_svc.generated import OF_THE_DEFAULT, PASSED, forms
from tests.unit.workflow_svc.obeying import SHA256, Sheet
from tests.unit.workflow_svc.test_invariants import EVERYONE, FINAL
from tests.unit.workflow_svc.world import ADMIN, AGREE, RETURN, Walk

NAMED = ((), (world.FINANCE,), (world.PERSONNEL, world.FINANCE))


class Hands(RuleBasedStateMachine):
    """One request on a generated flow, with every verb in any order."""

    @initialize(flow=PASSED | OF_THE_DEFAULT, form=forms(), initiator=st.sampled_from(EVERYONE))
    def starts(self, flow: Flow, form: dict[str, Any], initiator: Person) -> None:
        self.walk = Walk(flow=flow, initiator=initiator)
        self.form = form
        self.rows: list[record.Entry] = []
        self.final: Instance | None = None
        self.passed: list[str] = []  # the nodes of this round so far
        self.sheet: Sheet | None = None
        self.refused: Refusal | None = None
        self._do(lambda: self.walk.submit(**form))

    @rule(form=forms(), changed=st.booleans())
    def submits(self, form: dict[str, Any], changed: bool) -> None:
        if changed:
            self.form = form
        self._do(lambda: self.walk.submit(**self.form))

    @precondition(lambda self: self.walk.waiting)
    @rule(data=st.data(), steps=st.integers(1, 8))
    def those_asked_agree(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            able = [task for task in self.walk.waiting if task.assignees]
            if able:
                task = data.draw(st.sampled_from(able))
                by = data.draw(st.sampled_from(task.assignees))
                self._agrees(by, task, data.draw(st.sampled_from(NAMED)))

    @precondition(lambda self: self.walk.state.tasks)
    @rule(data=st.data(), by=st.sampled_from(EVERYONE), verdict=st.sampled_from([AGREE, RETURN]))
    def anyone_decides(self, data: st.DataObject, by: Person, verdict: Verdict) -> None:
        task = data.draw(st.sampled_from(self.walk.state.tasks))
        if self._do(lambda: self.walk.decide(by, verdict, "意见", task=task)):
            assert task.state is TaskState.OPEN
            assert by in task.assignees  # I2

    @precondition(lambda self: self.walk.waiting)
    @rule(data=st.data())
    def one_of_those_asked_returns(self, data: st.DataObject) -> None:
        able = [task for task in self.walk.waiting if task.assignees]
        if able:
            task = data.draw(st.sampled_from(able))
            by = data.draw(st.sampled_from(task.assignees))
            self._do(lambda: self.walk.decide(by, RETURN, "请更正", task=task))

    @precondition(lambda self: self.walk.state.tasks)
    @rule(
        data=st.data(),
        by=st.sampled_from(EVERYONE),
        to=st.sampled_from(EVERYONE),
        verb=st.sampled_from(["hand over", "put in charge", "add", "remove"]),
        turn=st.sampled_from(Turn),
    )
    def who_acts_is_changed(
        self, data: st.DataObject, by: Person, to: Person, verb: str, turn: Turn
    ) -> None:
        task = data.draw(st.sampled_from(self.walk.state.tasks))
        mine = data.draw(st.sampled_from([by, *task.assignees, *filter(None, [task.added_by])]))
        deeds: dict[str, Callable[[], None]] = {
            "hand over": lambda: self.walk.hand_over(mine, to, task=task),
            "put in charge": lambda: self.walk.put_in_charge(ADMIN, to, task=task),
            "add": lambda: self.walk.add_signer(mine, to, turn, task=task),
            "remove": lambda: self.walk.remove_signer(mine, task),
        }
        decided = [t.id for t in self.walk.state.tasks if t.state is TaskState.DECIDED]
        self._do(deeds[verb])
        now = [t.id for t in self.walk.state.tasks if t.state is TaskState.DECIDED]
        assert now == decided  # I17: nobody decides by changing who acts

    @precondition(lambda self: len(self.walk.waiting) == 1)
    @rule(data=st.data(), people=st.lists(st.sampled_from(EVERYONE), max_size=2, unique=True))
    def who_acts_at_a_coming_node_is_chosen(
        self, data: st.DataObject, people: list[Person]
    ) -> None:
        node = data.draw(st.sampled_from(self.walk.flow.nodes))
        by = next(iter(self.walk.waiting[0].assignees), ADMIN)
        self._do(lambda: self.walk.choose(by, node.id, *people))

    @precondition(lambda self: self.walk.state.node)
    @rule(hours=st.integers(0, 60))
    def time_passes(self, hours: int) -> None:
        """Lateness tells and never decides."""
        self.walk.now += timedelta(hours=hours)
        before = self.walk.state
        self._do(lambda: self.walk.urge(str(before.node)))
        for task in self.walk.waiting:
            self._do(lambda task=task: self.walk.notice(task, (world.QIN,)))
        asked = [(t.id, t.state, t.assignees) for t in before.tasks]
        assert asked == [(t.id, t.state, t.assignees) for t in self.walk.state.tasks]

    @rule(holder=st.sampled_from(EVERYONE), person=st.sampled_from(EVERYONE))
    def someone_delegates(self, holder: Person, person: Person) -> None:
        self.walk.stand_ins = (*self.walk.stand_ins[-2:], StandIn(holder.id, person))
        self._do(self.walk.reconsider)

    @rule(seat=st.sampled_from(tuple(world.HELD)), data=st.data())
    def the_directory_changes(self, seat: Any, data: st.DataObject) -> None:
        some = st.sampled_from((*world.HELD[seat], *EVERYONE))
        self.walk.held[seat] = tuple(data.draw(st.lists(some, max_size=3, unique=True)))
        self._do(self.walk.reconsider)

    @rule(insists=st.integers(0, 9))
    def the_initiator_withdraws(self, insists: int) -> None:
        if insists == 0:
            self._do(self.walk.withdraw)

    @rule()
    def the_seal_is_used(self) -> None:
        self._do(self.walk.seal)

    @invariant()
    def what_waits_is_of_this_node_and_asks_someone_or_the_administrator(self) -> None:
        """I3, I4, I15."""
        state, live = self.walk.state, self.walk.state.live()
        running = state.status in {Status.IN_PROGRESS, Status.APPROVED}
        assert bool(self.walk.waiting) is running
        for task in live:
            assert (task.node, task.revision) == (state.node, state.revision)
            if task.is_waiting:
                assert bool(task.candidates) is (task.state is TaskState.OPEN)
                assert state.initiator not in task.assignees

    @invariant()
    def nobody_acts_twice_in_a_round_nor_on_their_own_request(self) -> None:
        """I8, I9, also on behalf of someone."""
        acted = [a for t in self._agreed() for a in t.actors]
        assert len(acted) == len(set(acted))
        assert self.walk.initiator.id not in acted

    @invariant()
    def what_is_approved_was_approved_in_this_round_by_all_and_by_two(self) -> None:
        """I7, I16: at every node that the request passed, each of which it had to."""
        state = self.walk.state
        if state.status not in {Status.APPROVED, Status.COMPLETED}:
            return
        agreed = self._agreed()
        assert {task.node for task in agreed} == {n for n in self.passed if not self._is_gate(n)}
        assert len({task.decided_by for task in agreed}) >= 2
        sealed = {
            (node.place, unit.id)
            for node in map(self.walk.flow.node, self.passed)
            if node.place is not None
            for unit in self._units(node)
        }
        assert self.sheet is not None
        assert set(self.sheet.taken) == sealed  # no more than one each, none too few

    @invariant()
    def what_is_done_was_sealed(self) -> None:
        """I10."""
        if self.walk.state.status is Status.COMPLETED:
            gates = [t for t in self.walk.state.tasks if self._is_gate(t.node)]
            assert gates
            assert {t.state for t in gates} == {TaskState.DECIDED}

    @invariant()
    def what_has_ended_stays_and_the_record_is_whole(self) -> None:
        """I5, I6, I13."""
        if self.final is not None:
            assert self.walk.state == self.final
        elif self.walk.state.status in FINAL:
            self.final = self.walk.state
        assert chain.first_broken(self.rows) is None

    @invariant()
    def the_picture_shows_where_it_stands(self) -> None:
        shown = {
            node.id: standing for node, standing in picture.picture(self.walk.flow, self.walk.state)
        }
        here = self.walk.state.node
        if here is None:
            return
        assert [node for node, how in shown.items() if how == "current"] == [here]
        assert {shown[node] for node in self.passed if node != here} <= {"done"}

    def teardown(self) -> None:
        """I15: whatever has become of it, people bring it to its end, if need be with the help of
        the administrator."""
        for number in range(200):
            state = self.walk.state
            if state.status in {*FINAL, Status.NEW}:
                return
            if state.status is Status.RETURNED:
                assert self._do(lambda: self.walk.submit(**self.form))
            elif state.status is Status.APPROVED:
                assert self._do(self.walk.seal)
            else:
                self._somebody_goes_on(self.walk.waiting[0], number)
        raise AssertionError("it never ends")

    def _somebody_goes_on(self, task: Task, number: int) -> None:
        if task.state is TaskState.OPEN:
            names = NAMED[-1] if number % 2 else ()
            assert any(self._agrees(by, task, names) for by in task.assignees)
        else:
            someone = world.person(f"someone{number}", f"某人{number}")
            assert self._do(lambda: self.walk.put_in_charge(ADMIN, someone, task=task))

    def _is_gate(self, node: str) -> bool:
        return self.walk.flow.node(node).kind is NodeKind.REGISTER

    def _agreed(self) -> list[Task]:
        now = self.walk.state.revision
        return [
            task
            for task in self.walk.state.tasks
            if task.revision == now and task.verdict is AGREE and not self._is_gate(task.node)
        ]

    def _agrees(self, by: Person, task: Task, named: tuple[Unit, ...]) -> bool:
        """Naming where that is asked for, choosing where somebody has to be chosen."""
        names = self.walk.flow.node(task.node).names_countersigners and not task.added_by
        barred = {self.walk.state.form.unit, self.walk.state.form.approving_department}
        ask = tuple(unit for unit in named if names and unit not in barred)

        def agree(chosen: dict[str, tuple[Person, ...]]) -> bool:
            return self._do(lambda: self.walk.decide(by, task=task, ask=ask, chosen=chosen))

        if agree({}) or not isinstance(self.refused, errors.ChoiceRequired):
            return self.refused is None
        named_there = replace(
            self.walk.state, countersigners=(*self.walk.state.countersigners, *ask)
        )
        for node in handing_over.coming(named_there, self.walk.flow):
            able = handing_over.choices(named_there, node, by.id, self.walk.world)
            if node.id == self.refused.details["node"] and able:
                return agree({node.id: able[:1]})
        return False

    def _do(self, command: Callable[[], None]) -> bool:
        """Whether it was allowed; a refused command changes nothing (I1)."""
        before, self.refused = self.walk.state, None
        try:
            command()
        except Refusal as refusal:
            assert self.walk.state == before
            self.refused = refusal
            return False
        assert sum(h.kind is Kind.DECIDED for h in self.walk.happened) <= 1
        self._follow(before, self.walk.state)
        self._write_down()
        for event in self.walk.events():
            self._hear(event)
        return True

    def _follow(self, before: Instance, after: Instance) -> None:
        """Whether it went where the definition says, and the node behind it is done."""
        if after.revision != before.revision:
            self._follow_into_a_round(before, after)
        elif after.node not in {before.node, None}:
            assert after.node == _onward(self.walk.flow, str(before.node), after)
            self._require_complete(str(before.node))
            self.passed.append(str(after.node))
        elif after.status is Status.COMPLETED is not before.status:
            assert _onward(self.walk.flow, str(before.node), after) is None
        if after.node not in {before.node, None}:
            self._require_all_asked(self.walk.flow.node(str(after.node)))

    def _follow_into_a_round(self, before: Instance, after: Instance) -> None:
        flow = self.walk.flow
        self.passed = [flow.start.id]
        while self.passed[-1] != after.node:
            onward = _onward(flow, self.passed[-1], after)
            assert onward is not None
            self.passed.append(onward)
        carried = {t.node for t in after.tasks if t.state is TaskState.DECIDED}
        assert carried == set(self.passed[:-1])
        for node in carried:
            self._require_complete(node)
        if carried:
            (returned,) = (t for t in before.tasks if t.verdict is RETURN)
            assert returned.node == after.node
            assert flow.node(returned.node).after_return is AfterReturn.STRAIGHT_BACK
            changed = form_parts.changed(before.form, after.form)
            assert not any(changed & flow.node(node).approves for node in carried)

    def _require_complete(self, node: str) -> None:
        """Nobody is waited for there, and each unit that is asked has agreed."""
        state = self.walk.state
        assert not state.live(node)
        agreed = {task.unit for task in self._agreed() if task.node == node and not task.added_by}
        assert agreed
        assert agreed == set(self._units(self.walk.flow.node(node)))

    def _require_all_asked(self, node: FlowNode) -> None:
        """会签 and 依次 within a unit: whoever holds the post there and may act."""
        one_each = node.mode is Mode.ALL or (node.mode is Mode.SEQ and not node.of_each)
        if node.kind is not NodeKind.APPROVE or not one_each or node.units is Somewhere.ANYWHERE:
            return
        acted = {actor for task in self._agreed() for actor in task.actors}
        chosen = set(self.walk.state.chosen.get(node.id, ()))
        mine = [t for t in self.walk.state.tasks if t.node == node.id]
        for unit in {task.unit for task in mine}:
            held = self.walk.held.get((post_of(node), unit.id), ())
            able = {p for p in held if p.id not in acted and p != self.walk.initiator}
            asked = [p for task in mine if task.unit == unit for p in task.candidates]
            assert set(asked) == (able & chosen or able)
            assert len(asked) == len(set(asked))

    def _units(self, node: FlowNode) -> set[Unit]:
        state, rule_ = self.walk.state, node.units
        if isinstance(rule_, CodeUnits):
            return {world.CODED[code] for code in rule_.codes}
        if rule_ is NamedUnits.COUNTERSIGNERS:
            return set(state.countersigners)
        if isinstance(rule_, KindUnit):
            return {world.OF_KIND[rule_.kind]}
        if rule_ is FormUnit.UNIT:
            return {state.form.unit}
        if rule_ is FormUnit.APPROVING_DEPARTMENT:
            return {state.form.approving_department}
        return {t.unit for t in self._agreed() if t.node == node.id and not t.added_by}

    def _hear(self, event: Event) -> None:
        if isinstance(event, Started):
            self.sheet = Sheet(self.walk.state)
        elif isinstance(event, (Returned, Withdrawn)):
            self.sheet = None  # I12: its seals are void
        elif isinstance(event, Approved | Decided) and Kind.RETURNED not in self.walk.kinds:
            assert self.sheet is not None
            self.sheet.obey(event)

    def _write_down(self) -> None:
        entries = record.entries(
            self.walk.state,
            self.walk.flow,
            self.walk.happened,
            submission_sha256=SHA256,
            at=self.walk.now,
        )
        head = self.rows[-1]["hash"] if self.rows else chain.BEFORE_THE_FIRST
        self.rows += chain.chained(entries, length=len(self.rows), head=head)


def _onward(flow: Flow, node_id: str, state: Instance) -> str | None:
    """The next node that asks people, by the definition alone; None: the end."""
    while True:
        node = flow.node(node_id)
        held = (case.next for case in node.cases if case.when.holds(state.facts))
        node_id = next(held, node.next)
        if flow.is_end(node_id):
            return None
        node = flow.node(node_id)
        asks = node.kind in {NodeKind.APPROVE, NodeKind.REGISTER}
        if asks and (node.when is None or node.when.holds(state.facts)):
            return node_id


TestHands = Hands.TestCase
TestHands.settings = settings(
    max_examples=80,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
