"""Faults that someone could put into the rules of approval, by hand, and that tests must notice.

Each is a small substitution in the source of workflow-svc, which occurs there exactly once.
"""

from typing import NamedTuple


class Fault(NamedTuple):
    name: str
    file: str
    right: str
    wrong: str
    noticed_by: str  # the test file that is enough to notice it


ENGINE = "test_engine"
MODES = "test_modes"
OVER = "test_handing_over"
BACK = "test_straight_back"
DELEGATES = "test_delegates"
LATE = "test_lateness"
FLOW = "test_flow"

FAULTS = (
    Fault(
        "the initiator approves their own request",
        "eligibility.py",
        "    ids = {state.initiator.id}",
        "    ids = set[PersonId]()",
        ENGINE,
    ),
    Fault(
        "who agreed before is asked again",
        "eligibility.py",
        "                ids |= task.actors",
        "                ids |= set()",
        ENGINE,
    ),
    Fault(
        "who delegated may act again after their delegate",
        "domain.py",
        "        acted = (self.decided_by, self.on_behalf_of)",
        "        acted = (self.decided_by,)",
        DELEGATES,
    ),
    Fault(
        "anyone decides",
        "eligibility.py",
        "    if by.id not in {person.id for person in task.assignees}:\n        raise NotFound",
        "    if by.id not in {person.id for person in task.assignees}:\n        return None",
        ENGINE,
    ),
    Fault(
        "who lost the post decides",
        "eligibility.py",
        "        if by.id not in {person.id for person in still}:\n            raise NotFound",
        "        if by.id not in {person.id for person in still}:\n            return None",
        ENGINE,
    ),
    Fault(
        "a closed task is decided once more",
        "eligibility.py",
        "    if task.state is not TaskState.OPEN:\n        raise errors.TaskClosed(",
        "    if task.state is TaskState.BLOCKED:\n        raise errors.TaskClosed(",
        ENGINE,
    ),
    Fault(
        "a queued task is decided before its turn",
        "eligibility.py",
        "    if task.state is TaskState.QUEUED:\n        raise errors.NotYourTurn",
        "    if task.state is TaskState.QUEUED:\n        return None",
        MODES,
    ),
    Fault(
        "the initiator stands in for an approver",
        "eligibility.py",
        "    seen = barred(state, node) | {person.id for person in people}",
        "    seen = {person.id for person in people}",
        DELEGATES,
    ),
    Fault(
        "the handler stands in for an approver",
        "eligibility.py",
        "    names = {form.applicant_name.strip(), form.handler_name.strip()}",
        "    names = {form.applicant_name.strip()}",
        DELEGATES,
    ),
    Fault(
        "who is named by their mobile stands in for an approver",
        "eligibility.py",
        " or stand_in.mobile in mobiles",
        "",
        DELEGATES,
    ),
    Fault(
        "a delegation counts for posts it was not given for",
        "seats.py",
        "        return self.post in {None, post} and self.unit in {None, unit}",
        "        return self.unit in {None, unit}",
        DELEGATES,
    ),
    Fault(
        "a delegation that is over still counts",
        "eligibility.py",
        "    return on_behalf(delegates(state, node, task.unit, asked, world), by.id)",
        "    return on_behalf(task.delegates, by.id)",
        DELEGATES,
    ),
    Fault(
        "a delegate hands the task over",
        "handing_over.py",
        "    if on_behalf_of is not None:\n        raise errors.OnlyTheHolder",
        "    if on_behalf_of is not None:\n        on_behalf_of = None",
        DELEGATES,
    ),
    Fault(
        "a delegate stands in at the gate",
        "eligibility.py",
        "    if node.kind is not NodeKind.APPROVE:\n        return ()",
        "    if node.kind is NodeKind.COPY:\n        return ()",
        DELEGATES,
    ),
    Fault(
        "会签 as 或签: one department is enough",
        "entering.py",
        "    live = state.live(node.id)",
        "    live = ()",
        ENGINE,
    ),
    Fault(
        "一人可为两个部门会签",
        "engine.py",
        "    state, blocked = entering.one_seat_each(state, closed.actors)",
        "    state, blocked = entering.one_seat_each(state, frozenset())",
        ENGINE,
    ),
    Fault(
        "a seat that nobody holds passes by itself",
        "entering.py",
        "for person in people] or [()]",
        "for person in people]",
        MODES,
    ),
    Fault(
        "nobody is told that a task is blocked",
        "entering.py",
        "    kind = Kind.TASK_ASSIGNED if task.state is TaskState.OPEN else Kind.BLOCKED",
        "    kind = Kind.TASK_ASSIGNED",
        ENGINE,
    ),
    Fault(
        "a return leaves the other departments' tasks open",
        "returning.py",
        "    state, closed = entering.cancel_live(state, by, world)",
        "    closed = entering.cancel_live(state, by, world)[1]",
        ENGINE,
    ),
    Fault(
        "a return needs no opinion",
        "engine.py",
        "(verdict is Verdict.RETURN or node.opinion_required)",
        "node.opinion_required",
        ENGINE,
    ),
    Fault(
        "an opinion that the flow requires may be left out",
        "engine.py",
        "(verdict is Verdict.RETURN or node.opinion_required)",
        "verdict is Verdict.RETURN",
        MODES,
    ),
    Fault(
        "anyone withdraws",
        "engine.py",
        "    if by.id != instance.initiator.id:\n        raise NotFound",
        "    if by.id == world.now:\n        raise NotFound",
        ENGINE,
    ),
    Fault(
        "what is approved is withdrawn",
        "engine.py",
        "    if instance.status not in {Status.IN_PROGRESS, Status.RETURNED}:\n"
        "        raise errors.NotWithdrawable",
        "    if instance.status in {Status.COMPLETED}:\n        raise errors.NotWithdrawable",
        ENGINE,
    ),
    Fault(
        "anyone urges",
        "engine.py",
        "    if by.id not in {instance.initiator.id, *watchers}:",
        "    if not {by.id, *watchers}:",
        LATE,
    ),
    Fault(
        "urging has no pause",
        "engine.py",
        "    if last is not None and now - last < interval:",
        "    if last is not None and now < last:",
        ENGINE,
    ),
    Fault(
        "a request on its way takes another submission",
        "engine.py",
        "    if instance.status not in {Status.NEW, Status.RETURNED} or revision",
        "    if revision",
        ENGINE,
    ),
    Fault(
        "the seal is used before the last approval",
        "engine.py",
        "    if instance.status is not Status.APPROVED or instance.node is None:",
        "    if instance.node is None:",
        ENGINE,
    ),
    Fault(
        "the register node is closed by an agreement",
        "engine.py",
        "    if node.kind is NodeKind.REGISTER:\n        raise errors.NotDecidable",
        "    if node.kind is NodeKind.COPY:\n        raise errors.NotDecidable",
        ENGINE,
    ),
    Fault(
        "any node names departments",
        "engine.py",
        "    if not node.names_countersigners or task.added_by is not None:",
        "    if task.added_by is not None:",
        ENGINE,
    ),
    Fault(
        "countersigners of an earlier round are asked again",
        "returning.py",
        "    fresh = replace(fresh, countersigners=_by_rule(fresh, flow, world.directory))",
        "    fresh = replace(fresh, countersigners=instance.countersigners)",
        ENGINE,
    ),
    Fault(
        "straight back although what was approved has changed",
        "returning.py",
        "    if any(changed & flow.node(node).approves for node in earlier):\n        return None",
        "    if any(changed & flow.node(node).approves for node in ()):\n        return None",
        BACK,
    ),
    Fault(
        "straight back although the flow says to start over",
        "returning.py",
        "flow.node(returned.node).after_return is AfterReturn.START_OVER",
        "flow.node(returned.node).after_return is None",
        BACK,
    ),
    Fault(
        "what was carried over does not count as agreed",
        "returning.py",
        "        task, id=world.new_id(), revision=revision, opened_at",
        "        task, id=world.new_id(), revision=1, opened_at",
        BACK,
    ),
    Fault(
        "a task is handed to anyone",
        "handing_over.py",
        "    if to not in successors(state, flow, task, by.id, world):",
        "    if to == by:",
        OVER,
    ),
    Fault(
        "the task that was handed over stays open",
        "handing_over.py",
        "    closed = replace(old, state=TaskState.REASSIGNED, closed_at=world.now)",
        "    closed = old",
        OVER,
    ),
    Fault(
        "the administrator puts themselves in charge",
        "handing_over.py",
        "world.directory.left | {by.id}",
        "world.directory.left",
        OVER,
    ),
    Fault(
        "the administrator puts the initiator in charge",
        "handing_over.py",
        "    out = eligibility.barred(state, node) | world",
        "    out = frozenset() | world",
        OVER,
    ),
    Fault(
        "who was put in charge is taken off for not holding the post",
        "handing_over.py",
        "(to,), world, appointed=True)",
        "(to,), world, appointed=False)",
        OVER,
    ),
    Fault(
        "anyone is chosen for a coming node",
        "handing_over.py",
        " or not set(people) <= set(able):",
        ":",
        OVER,
    ),
    Fault(
        "whoever must choose need not",
        "entering.py",
        "    if must_choose and _anyone(state, node, world):",
        "    if must_choose and not _anyone(state, node, world):",
        MODES,
    ),
    Fault(
        "a node does not wait for an added signer",
        "signers.py",
        "        added = entering.on_turn(state, node, added, world)\n        return",
        "        return",
        OVER,
    ),
    Fault(
        "anyone takes a signer off",
        "signers.py",
        "    if task.added_by is None or task.added_by.id != by.id:",
        "    if task.added_by is None:",
        OVER,
    ),
    Fault(
        "one after another all are asked at once",
        "entering.py",
        "            later = node.mode is Mode.SEQ and position > 1",
        "            later = False",
        MODES,
    ),
    Fault(
        "a choice takes the last way that holds",
        "entering.py",
        "    return next((case.next for case in node.cases",
        "    return next((case.next for case in reversed(node.cases)",
        MODES,
    ),
    Fault(
        "a deadline escalates before it reminds",
        "lateness.py",
        "    if task.reminded_at is None and is_late(task.due_at, now):",
        "    if task.reminded_at is None and task.due_at < task.opened_at:",
        LATE,
    ),
    Fault(
        "a reminder is repeated",
        "lateness.py",
        "        marked = replace(task, reminded_at=now)",
        "        marked = task",
        LATE,
    ),
    Fault(
        "a way with one approval is published",
        "verify.py",
        "        if node.kind is NodeKind.APPROVE and node.when is None:",
        "        if node.kind is NodeKind.APPROVE:",
        FLOW,
    ),
    Fault(
        "a way past the gate is published",
        "verify.py",
        "            if any(drawn.ends(target) for target in node.targets):",
        "            if all(drawn.ends(target) for target in node.targets):",
        FLOW,
    ),
)
