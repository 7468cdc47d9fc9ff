"""SpiffWorkflow 3.2 with a state row: read, deserialised, serialised and written at each step."""

import threading
import uuid

import psycopg
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from bench.peers import DATABASE_URL

STEPS = 4
_TASKS = "".join(
    f'<manualTask id="a{n}" name="a{n}"><incoming>f{n - 1}</incoming>'
    f"<outgoing>f{n}</outgoing></manualTask>"
    for n in range(1, STEPS + 1)
)
_FLOWS = "".join(
    f'<sequenceFlow id="f{n}" sourceRef="{f"a{n}" if n else "s"}" '
    f'targetRef="{f"a{n + 1}" if n < STEPS else "e"}"/>'
    for n in range(STEPS + 1)
)
_BPMN = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
<process id="approval" isExecutable="true"><startEvent id="s"><outgoing>f0</outgoing></startEvent>
{_TASKS}<endEvent id="e"><incoming>f{STEPS}</incoming></endEvent>{_FLOWS}</process></definitions>"""

_parser = BpmnParser()
_parser.add_bpmn_str(_BPMN.encode())
SPEC = _parser.get_spec("approval")
SERIALIZER = BpmnWorkflowSerializer()
_own = threading.local()


def connection() -> psycopg.Connection:
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(DATABASE_URL)
    return _own.connection


def instance() -> None:
    key = uuid.uuid4()
    workflow = BpmnWorkflow(SPEC)
    workflow.do_engine_steps()
    opened = connection()
    state = SERIALIZER.serialize_json(workflow)
    opened.execute("INSERT INTO spiff_state VALUES (%s, %s)", (key, state))
    opened.commit()
    for step in range(STEPS):
        found = opened.execute(
            "SELECT state FROM spiff_state WHERE id = %s FOR UPDATE", (key,)
        ).fetchone()
        workflow = SERIALIZER.deserialize_json(found[0])
        (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.data["by"] = f"person{step}"
        task.run()
        workflow.do_engine_steps()
        state = SERIALIZER.serialize_json(workflow)
        opened.execute("UPDATE spiff_state SET state = %s WHERE id = %s", (state, key))
        opened.commit()


with psycopg.connect(DATABASE_URL) as first:
    first.execute("CREATE TABLE IF NOT EXISTS spiff_state (id uuid PRIMARY KEY, state text)")
