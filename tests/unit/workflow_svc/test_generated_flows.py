"""Whatever flow the verifier passes and whatever people do on it, the invariants hold."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from workflow_svc import entering, record
from workflow_svc.domain import Instance, Kind, Status, Task, TaskState
from workflow_svc.flow import NodeKind
from workflow_svc.seats import StandIn
from workflow_svc.signers import Turn

from shared.contracts.people import Person
from shared.contracts.workflow import Verdict
from shared.errors import Refusal
from tests.unit.workflow_svc import world
from tests.unit.workflow_svc.test_invariants import EVERYONE, FINAL
from tests.unit.workflow_svc.world import AGREE, RETURN, Walk, flow_with

APPROVING = ("unit_office", "unit_head", "approving_department", "seal_office_review")
MODES = st.sampled_from(['"any"', '"all"', '"seq"'])
ADMIN = world.person("admin", "管理员")
LINES = st.fixed_dictionaries(
    {"mode": MODES},
    optional={
        "after_return": st.sampled_from(['"start_over"', '"straight_back"']),
        "may": st.sampled_from(['["return"]', '["return", "hand_over", "add_signer"]']),
        "opinion": st.sampled_from(['"optional"', '"required"']),
    },
)
FLOWS = st.dictionaries(st.sampled_from([*APPROVING, "countersign", "legal_counsel"]), LINES)


class Hands(RuleBasedStateMachine):
    """One request on a generated flow, with every verb in any order."""

    @initialize(lines=FLOWS, contract=st.booleans(), initiator=st.sampled_from(EVERYONE))
    def starts(self, lines: Any, contract: bool, initiator: Person) -> None:
        self.walk = Walk(flow=flow_with(**lines), initiator=initiator)
        self.rows: list[record.Entry] = []
        self.final: Instance | None = None
        self._do(lambda: self.walk.submit(horizontal_contract=contract))

    @rule(contract=st.booleans())
    def submits(self, contract: bool) -> None:
        self._do(lambda: self.walk.submit(horizontal_contract=contract))

    @precondition(lambda self: self.walk.waiting)
    @rule(data=st.data(), steps=st.integers(1, 8))
    def those_asked_agree(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            able = [task for task in self.walk.waiting if task.assignees]
            if able:
                task = data.draw(st.sampled_from(able))
                self._decides(data.draw(st.sampled_from(task.assignees)), AGREE, task)

    @precondition(lambda self: self.walk.state.tasks)
    @rule(data=st.data(), by=st.sampled_from(EVERYONE), verdict=st.sampled_from([AGREE, RETURN]))
    def anyone_decides(self, data: st.DataObject, by: Person, verdict: Verdict) -> None:
        self._decides(by, verdict, data.draw(st.sampled_from(self.walk.state.tasks)))

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
        """I7, I16."""
        state = self.walk.state
        if state.status not in {Status.APPROVED, Status.COMPLETED}:
            return
        flow = self.walk.flow
        way = [n for n in entering.way(state, flow, flow.start.id) if n.kind is NodeKind.APPROVE]
        agreed = self._agreed()
        assert {task.node for task in agreed} == {node.id for node in way}
        assert len({task.decided_by for task in agreed}) >= 2
        units = {t.unit for t in agreed if t.node == "countersign" and not t.added_by}
        assert units == set(state.countersigners)

    @invariant()
    def what_has_ended_stays_and_the_record_is_whole(self) -> None:
        """I5, I6, I13."""
        if self.final is not None:
            assert self.walk.state == self.final
        elif self.walk.state.status in FINAL:
            self.final = self.walk.state
        assert record.first_broken(self.rows) is None

    def _agreed(self) -> list[Task]:
        now = self.walk.state.revision
        gates = {n.id for n in self.walk.flow.nodes if n.kind is NodeKind.REGISTER}
        return [
            task
            for task in self.walk.state.tasks
            if task.revision == now and task.verdict is AGREE and task.node not in gates
        ]

    def _decides(self, by: Person, verdict: Verdict, task: Task) -> None:
        names = self.walk.flow.node(task.node).names_countersigners and not task.added_by
        ask = (world.FINANCE, world.PERSONNEL) if names and verdict is AGREE else ()
        self._do(lambda: self.walk.decide(by, verdict, "意见", task=task, ask=ask))

    def _do(self, command: Callable[[], None]) -> None:
        """A refused command changes nothing (I1)."""
        before = self.walk.state
        try:
            command()
        except Refusal:
            assert self.walk.state == before
            return
        assert sum(h.kind is Kind.DECIDED for h in self.walk.happened) <= 1
        entries = record.entries(
            self.walk.state,
            self.walk.flow,
            self.walk.happened,
            submission_sha256="0" * 64,
            at=self.walk.now,
        )
        head = self.rows[-1]["hash"] if self.rows else record.BEFORE_THE_FIRST
        self.rows += record.chained(entries, length=len(self.rows), head=head)


TestHands = Hands.TestCase
TestHands.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
