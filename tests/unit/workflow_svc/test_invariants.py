"""Whatever people do in whatever order, the invariants of approval hold."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from workflow_svc import record
from workflow_svc.domain import Instance, Kind, Status, Task, TaskState
from workflow_svc.flow import NodeKind

from shared.contracts.people import Person, Post
from shared.contracts.workflow import Verdict
from shared.errors import Refusal
from shared.record import chain
from tests.unit.workflow_svc import world
from tests.unit.workflow_svc.world import AGREE, RETURN, Walk

EVERYONE = (
    world.SHEN,
    world.LU,
    world.BAI,
    world.QIN,
    world.HE,
    world.LV,
    world.GU,
    world.OU,
    world.YAN,
    world.XUE,
    world.MENG,
    world.STRANGER,
)
SEATS = tuple(world.HELD)
NODES = tuple(node.id for node in world.DEFAULT_FLOW.nodes)
NAMED = ((), (world.FINANCE,), (world.FINANCE, world.PERSONNEL), (world.RESEARCH,))
FINAL = {Status.COMPLETED, Status.WITHDRAWN}


@dataclass(frozen=True)
class Deed:
    """An agreement as it happened: by whom, of which task, in which revision."""

    revision: int
    node: str
    unit: str
    task: Any
    by: Person


class Requests(RuleBasedStateMachine):
    """One request, many hands, a directory that changes under them."""

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk()
        self.agreed: list[Deed] = []
        self.rows: list[record.Entry] = []
        self.final: Instance | None = None

    @initialize(
        initiator=st.just(world.SHEN) | st.sampled_from(EVERYONE),
        contract=st.booleans(),
        of_two=st.booleans(),
        reached=st.just("countersign") | st.sampled_from(NODES),
        data=st.data(),
    )
    def starts(
        self, initiator: Person, contract: bool, of_two: bool, reached: str, data: st.DataObject
    ) -> None:
        self.walk = Walk(initiator=initiator)
        if of_two:  # someone reviews for two departments
            self.walk.held[Post.REVIEWER, world.PERSONNEL.id] = (world.OU, world.GU)
        self._do(lambda: self.walk.submit(horizontal_contract=contract))
        self.those_asked_agree(data, NAMED[2], reached)

    @rule(contract=st.booleans())
    def submits(self, contract: bool) -> None:
        if self._do(lambda: self.walk.submit(horizontal_contract=contract)):
            state = self.walk.state
            assert state.countersigners == ()
            assert {task.revision for task in state.tasks} == {state.revision}

    @precondition(lambda self: self.walk.state.tasks)
    @rule(
        data=st.data(),
        by=st.sampled_from(EVERYONE),
        verdict=st.sampled_from([AGREE, RETURN]),
        ask=st.sampled_from(NAMED),
    )
    def anyone_decides_anything(
        self, data: st.DataObject, by: Person, verdict: Verdict, ask: Any
    ) -> None:
        task = data.draw(st.sampled_from(self.walk.state.tasks))
        self._decides(by, verdict, "意见", task, ask)

    @precondition(lambda self: self.walk.state.tasks)
    @rule(data=st.data())
    def a_holder_of_the_post_decides(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(self.walk.state.tasks))
        for by in self._holders(task):
            self._decides(by, AGREE, "同意", task, ())

    @rule(data=st.data(), ask=st.sampled_from(NAMED[:3]), until=st.sampled_from(NODES))
    def those_asked_agree(self, data: st.DataObject, ask: Any, until: str) -> None:
        while self.walk.state.node != until:
            if not self._open():
                return
            task = data.draw(st.sampled_from(self._open()))
            by = data.draw(st.sampled_from(task.candidates))
            names = self.walk.flow.node(task.node).names_countersigners
            if not self._decides(by, AGREE, "同意", task, ask if names else ()):
                return  # the gate is closed by the seal's use, not by an agreement

    @precondition(lambda self: self._open())
    @rule(data=st.data(), opinion=st.sampled_from(["请更正", "", " "]))
    def one_of_those_asked_returns(self, data: st.DataObject, opinion: str) -> None:
        task = data.draw(st.sampled_from(self._open()))
        self._decides(data.draw(st.sampled_from(task.candidates)), RETURN, opinion, task, ())

    @rule(by=st.sampled_from(EVERYONE), insists=st.booleans())
    def someone_withdraws(self, by: Person, insists: bool) -> None:
        before = self.walk.state
        who = before.initiator if insists else by
        if self._do(lambda: self.walk.withdraw(by=who)):
            assert who == before.initiator
            assert before.status in {Status.IN_PROGRESS, Status.RETURNED}
            assert self.walk.state.status is Status.WITHDRAWN

    @rule(data=st.data(), minutes=st.integers(0, 40))
    def the_initiator_urges(self, data: st.DataObject, minutes: int) -> None:
        self.walk.now += timedelta(minutes=minutes)
        chosen = data.draw(st.sampled_from(NODES))
        before = self.walk.state
        if self._do(lambda: self.walk.urge(chosen)):
            last = [t.urged_at for t in before.tasks if t.node == chosen and t.is_waiting]
            assert all(at is None or self.walk.now - at >= world.INTERVAL for at in last)

    @rule(by=st.sampled_from([world.XUE, world.MENG]))
    def the_seal_is_used(self, by: Person) -> None:
        self._do(lambda: self.walk.seal(by=by))

    @rule(seat=st.sampled_from(SEATS), data=st.data())
    def the_directory_changes(self, seat: Any, data: st.DataObject) -> None:
        some = st.sampled_from((*self.walk.held[seat], *world.HELD[seat], *EVERYONE))
        self.walk.held[seat] = tuple(data.draw(st.lists(some, max_size=3, unique=True)))
        self._do(self.walk.reconsider)

    @invariant()
    def nothing_is_open_where_nobody_is_to_act(self) -> None:
        """I3, I4."""
        state = self.walk.state
        waiting = self.walk.waiting
        if state.status in {Status.IN_PROGRESS, Status.APPROVED}:
            assert waiting
            assert {(t.node, t.revision) for t in waiting} == {(state.node, state.revision)}
        else:
            assert not waiting
            assert state.node is None

    @invariant()
    def every_open_task_has_someone_and_every_other_is_the_administrators(self) -> None:
        """I15; nobody who may not is asked."""
        for task in self.walk.waiting:
            assert bool(task.candidates) is (task.state is TaskState.OPEN)
            assert self.walk.initiator not in task.candidates
            barred = {d.by for d in self.agreed if d.revision == task.revision}
            if self._kind(task.node) is NodeKind.REGISTER:
                barred = set()
            able = set(self._holders(task)) & set(task.candidates) - barred
            assert bool(able) is (task.state is TaskState.OPEN)

    @invariant()
    def nobody_holds_two_seats_of_one_round(self) -> None:
        """I8, I9."""
        now = [d for d in self.agreed if d.revision == self.walk.state.revision]
        assert len({deed.by for deed in now}) == len(now)
        assert len({deed.task for deed in now}) == len(now)  # I14
        assert self.walk.initiator not in {deed.by for deed in now}

    @invariant()
    def what_is_approved_was_approved_by_all(self) -> None:
        """I7, I16: in this revision, by every node and department that it needs."""
        state = self.walk.state
        if state.status not in {Status.APPROVED, Status.COMPLETED}:
            return
        assert state.number is not None
        given = {(d.node, d.unit) for d in self.agreed if d.revision == state.revision}
        needed = {("unit_office", "计算机学院"), ("unit_head", "计算机学院")}
        needed |= {("approving_department", "科研部"), ("seal_office_review", "督查室")}
        needed |= {("countersign", unit.name) for unit in state.countersigners}
        if state.form.horizontal_contract:
            needed |= {("legal_counsel", "校长法律顾问办公室")}
        assert given == needed

    @invariant()
    def what_is_done_was_sealed(self) -> None:
        """I10."""
        state = self.walk.state
        if state.status is Status.COMPLETED:
            gate = [t for t in state.tasks if self._kind(t.node) is NodeKind.REGISTER]
            assert [task.state for task in gate] == [TaskState.DECIDED]

    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        """I13."""
        if self.final is not None:
            assert self.walk.state == self.final
        elif self.walk.state.status in FINAL:
            self.final = self.walk.state

    @invariant()
    def the_record_is_whole(self) -> None:
        """I5, I6."""
        assert chain.first_broken(self.rows) is None

    def _do(self, command: Any) -> bool:
        """Whether it was allowed; a refused command changes nothing (I1)."""
        before = self.walk.state
        try:
            command()
        except Refusal:
            assert self.walk.state == before
            return False
        self._write_down()
        return True

    def _write_down(self) -> None:
        entries = record.entries(
            self.walk.state,
            self.walk.flow,
            self.walk.happened,
            submission_sha256="0" * 64,
            at=self.walk.now,
        )
        head = self.rows[-1]["hash"] if self.rows else chain.BEFORE_THE_FIRST
        self.rows += chain.chained(entries, length=len(self.rows), head=head)
        closed = [h for h in self.walk.happened if h.kind is Kind.DECIDED]
        assert len(closed) <= 1  # one command, one decision

    def _decides(self, by: Person, verdict: Verdict, opinion: str, task: Task, ask: Any) -> bool:
        before = self.walk.state
        if not self._do(lambda: self.walk.decide(by, verdict, opinion, task=task, ask=ask)):
            return False
        assert task.state is TaskState.OPEN
        assert by in task.candidates  # I2
        assert by in self._holders(task)
        assert by != before.initiator  # I8
        if verdict is AGREE:
            deed = Deed(task.revision, task.node, task.unit.name, task.id, by)
            self.agreed.append(deed)
        else:
            assert opinion.strip()
            assert self.walk.state.status is Status.RETURNED
        return True

    def _open(self) -> list[Task]:
        return [task for task in self.walk.state.tasks if task.state is TaskState.OPEN]

    def _holders(self, task: Task) -> tuple[Person, ...]:
        post: Post = self.walk.flow.node(task.node).post
        return self.walk.held.get((post, task.unit.id), ())

    def _kind(self, node: str) -> NodeKind:
        return self.walk.flow.node(node).kind


TestRequests = Requests.TestCase
TestRequests.settings = settings(
    max_examples=250,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
