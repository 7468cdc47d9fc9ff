"""Instances a second: a submission and four approvals through workflow-svc's actions.

On PostgreSQL, over one connection and over sixteen, beside django-viewflow and SpiffWorkflow doing
the same in the same run, turn by turn, so that a busy machine is busy for all of them. Ours does
more at each step: record and chain, candidates, events with signed orders into the outbox.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import bindparam, select
from uvicorn.loops.auto import auto_loop_factory
from workflow_svc import actions
from workflow_svc.models import CandidateRow, TaskRow
from workflow_svc.service import SERVICE

from bench.figures import Figure, median, table
from deploy.native.servers import Servers
from deploy.stack import Stack
from shared.contracts.workflow import Verdict
from shared.database import new_id
from shared.identity import User
from shared.seal_order import create_order_keys
from shared.service import Runtime
from shared.testing import on_trial
from tests.service.workflow_svc.hall import directory_folder, submission
from tests.unit.workflow_svc.world import HE, LU, QIN, XUE

ORGANISATION = Path(__file__).parents[1] / "deploy/demonstration/organisation.toml"
CYCLES = 3
INSTANCES = {1: 40, 16: 96}  # in a cycle, by the number of connections
APPROVERS = (LU, QIN, HE, XUE)
PEERS = {"django-viewflow": "viewflow", "SpiffWorkflow": "spiff"}
AIMS = {"django-viewflow": "≥ 2.5×", "SpiffWorkflow": "≥ 1.0×"}
_TASK = (
    select(TaskRow.id)
    .join(CandidateRow, CandidateRow.task_id == TaskRow.id)
    .where(
        TaskRow.request_id == bindparam("request_id"),
        CandidateRow.person_id == bindparam("person_id"),
        CandidateRow.open,
    )
)


def figures() -> list[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder) / "servers").servers() as servers,
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,  # as the services run
    ):
        return runner.run(_measure(servers, Path(folder)))


async def _measure(servers: Servers, folder: Path) -> list[Figure]:
    rates: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    on = on_trial(
        SERVICE,
        folder=folder,
        database_url=servers.database_url("workflow"),
        organisation=ORGANISATION,
        directory_folder=directory_folder(folder),
        seal_order_private_key=create_order_keys(folder)[0],
        database_pool=16,
    )
    async with on as trial:
        for _ in range(CYCLES):
            for connections, count in INSTANCES.items():
                ours = await _rate(trial.runtime, count, connections)
                rates["ours", connections].append(ours)
                for peer in PEERS:
                    rates[peer, connections].append(_peer(servers, peer, count, connections))
    return [
        Figure(
            f"{connections} connections, against {peer}"
            f" ({median(rates[peer, connections]):,.0f}/s)",
            median(rates["ours", connections]),
            "/s",
            median(rates[peer, connections]),
            AIMS[peer],
        )
        for connections in INSTANCES
        for peer in PEERS
    ]


async def _rate(runtime: Runtime, count: int, connections: int) -> float:
    places = asyncio.Semaphore(connections)

    async def placed() -> None:
        async with places:
            await _instance(runtime)

    await asyncio.gather(*(placed() for _ in range(connections)))  # connected, warmed up
    start = time.perf_counter()
    await asyncio.gather(*(placed() for _ in range(count)))
    return count / (time.perf_counter() - start)


async def _instance(runtime: Runtime) -> None:
    request_id = new_id()
    async with runtime.transaction() as tx:
        await actions.take_in(tx, submission(request_id))
    for person in APPROVERS:
        async with runtime.transaction() as tx:
            whose = {"request_id": request_id, "person_id": person.id}
            task = await tx.session.scalar(_TASK, whose)
            assert task is not None
            await actions.decide(
                tx,
                task,
                by=User(id=person.id, name=person.name),
                verdict=Verdict.AGREE,
                opinion="同意",
            )


def _peer(servers: Servers, peer: str, count: int, connections: int) -> float:
    url = servers.database_url("notify").replace("+asyncpg", "")
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers", PEERS[peer], str(count), str(connections)],
        check=True,
        env=os.environ | {"PEER_DATABASE_URL": url},
        stdout=subprocess.PIPE,
    )
    return float(done.stdout)


if __name__ == "__main__":
    print(table("The engine", figures()))
