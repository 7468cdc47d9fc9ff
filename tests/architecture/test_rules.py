"""The house's rules, held by reading its code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts import OWNERS, all_events
from tests.conftest import ROOT

SERVICES = {
    "request": ROOT / "services/request-svc/request_svc",
    "workflow": ROOT / "services/workflow-svc/workflow_svc",
    "notify": ROOT / "services/notify-svc/notify_svc",
    "document": ROOT / "services/document-svc/document_svc",
    "gateway": ROOT / "gateway",
}
ROOMS = (
    "__main__.py",
    "service.py",
    "settings.py",
    "domain.py",
    "models.py",
    "actions.py",
    "queries.py",
    "handlers.py",
    "routes.py",
    "errors.py",
    "migrations",
)
LINES_IN_A_FILE = 400
LINES_IN_A_FUNCTION = 40
NOT_IN_THIS_HOUSE = re.compile(r"(^|_)(utils?|helpers?|common|constants?|managers?|base)(_|$)")
# Which database or bus it runs on is none of a service's business.
BLIND_TO = re.compile(r"sqlite|postgres|rabbit|aio_pika|\bif\b.*\bembedded\b|\btesting\b", re.I)

PYTHON = sorted(
    path
    for folder in ("shared", "gateway", "allinone", "services", "deploy", "demo", "tests", "bench")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    missing = [room for room in ROOMS if not (SERVICES[service] / room).exists()]
    assert not missing


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other_service(service: str) -> None:
    others = {folder.name for name, folder in SERVICES.items() if name != service}
    found = {
        (_name(path), module)
        for path in SERVICES[service].rglob("*.py")
        for module in _imports(path)
        if module.split(".")[0] in {*others, "allinone", "demo", "deploy", "tests"}
    }
    assert not found


def test_shared_knows_no_service() -> None:
    names = {folder.name for folder in SERVICES.values()} | {"allinone", "demo", "deploy", "tests"}
    found = {
        (_name(path), module)
        for path in (ROOT / "shared").rglob("*.py")
        for module in _imports(path)
        if module.split(".")[0] in names
    }
    assert not found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_cannot_see_what_it_runs_on(service: str) -> None:
    found = {
        (_name(path), match.group())
        for path in SERVICES[service].rglob("*.py")
        if (match := BLIND_TO.search(path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize("service", SERVICES)
def test_a_domain_touches_nothing_outside_itself(service: str) -> None:
    outside = {"sqlalchemy", "fastapi", "aiohttp", "httpx", "asyncio", "obstore"}
    pure = [SERVICES[service] / name for name in ("domain.py", "engine.py", "flow.py")]
    found = {
        (_name(path), module)
        for path in pure
        if path.exists()
        for module in _imports(path)
        if module.split(".")[0] in outside or module in {"shared.database", "shared.transaction"}
    }
    assert not found


def test_only_the_owner_publishes_its_events() -> None:
    owner_of = {
        event.__name__: owner
        for owner, modules in OWNERS.items()
        for event in all_events()
        if event.__module__ in {module.__name__ for module in modules}
    }
    found = {
        (_name(path), node.func.id)
        for service, folder in SERVICES.items()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and owner_of.get(node.func.id, service) != service
    }
    assert not found


def test_only_shared_commits() -> None:
    found = {
        (_name(path), node.attr)
        for folder in SERVICES.values()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "create_all"}
    }
    assert not found


def test_no_file_is_named_for_nothing() -> None:
    assert not [_name(path) for path in PYTHON if NOT_IN_THIS_HOUSE.search(path.stem)]


def test_files_and_functions_can_be_read_in_one_go() -> None:
    too_long = []
    for path in PYTHON:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LINES_IN_A_FILE:
            too_long.append(_name(path))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LINES_IN_A_FUNCTION and "migrations" not in path.parts:
                    too_long.append(f"{_name(path)}:{node.name} ({length})")
    assert not too_long


def test_tests_do_not_sleep_or_skip() -> None:
    found = {
        (_name(path), word)
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__) and "faults" not in path.parts  # trouble has its moments
        for word in ("time.sleep(", "asyncio.sleep(", "pytest.skip(", "mark.skip", "importorskip")
        if word in path.read_text(encoding="utf-8")
    }
    assert not found
