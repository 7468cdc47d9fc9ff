"""The documents that are made from the code: `python -m allinone.docs [--check] [FOLDER]`.

openapi.json: the HTTP API as the gateway offers it (OpenAPI 3.1). asyncapi.json: every event, who
sends it and who receives it (AsyncAPI 3.0). `--check` writes nothing and fails when one is stale.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from allinone.services import BACKEND, SERVICES
from gateway.service import SERVICE as GATEWAY
from shared.contracts import OWNERS, Event, all_events
from shared.messaging.topics import producer_of
from shared.service import Service
from shared.web import routes_of

SCHEMAS = "#/components/schemas/"


def openapi() -> dict[str, Any]:
    """One document for all services; a schema's name is preceded by its service's."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Sealflow", "version": "1", "description": "用印审批，经由网关"},
        "paths": {},
        "components": {"schemas": {}},
    }
    for service in (GATEWAY, *BACKEND):
        prefix = "" if service is GATEWAY else f"/api/{service.name}"
        own = _own_names(routes_of(service).openapi(), service)
        for path, operations in own["paths"].items():
            for operation in operations.values():
                operation["operationId"] = f"{service.name}_{operation['operationId']}"
                operation["tags"] = [service.name]
            merged["paths"][prefix + path] = operations
        merged["components"]["schemas"] |= own.get("components", {}).get("schemas", {})
    return merged


def _own_names(document: dict[str, Any], service: Service) -> dict[str, Any]:
    """The document with every schema renamed to `<Service><Name>`."""
    text = json.dumps(document, ensure_ascii=False)
    names = document.get("components", {}).get("schemas", {})
    mine = service.name.capitalize()
    for name in names:
        text = text.replace(f'"{SCHEMAS}{name}"', f'"{SCHEMAS}{mine}{name}"')
    renamed: dict[str, Any] = json.loads(text)
    schemas = renamed.get("components", {}).get("schemas", {})
    if schemas:
        renamed["components"]["schemas"] = {f"{mine}{k}": v for k, v in schemas.items()}
    return renamed


def asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {"title": "Sealflow events", "version": "1"},
        "channels": {},
        "operations": {},
        "components": {"messages": {}},
    }
    for event in all_events():
        key = event.topic.replace(".", "_")
        document["channels"][key] = {
            "address": event.topic,
            "messages": {event.__name__: {"$ref": f"#/components/messages/{key}"}},
        }
        document["components"]["messages"][key] = _message(event)
        document["operations"][f"{producer_of(event.topic)}_sends_{key}"] = _operation("send", key)
    for service in SERVICES:
        for topic in sorted({handler.event.topic for handler in service.handlers}):
            key = topic.replace(".", "_")
            document["operations"][f"{service.name}_receives_{key}"] = _operation("receive", key)
    return document


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.topic,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip(),
        "contentType": "application/json",
        "payload": event.model_json_schema(),
        "x-owner": producer_of(event.topic),
        "x-module": next(
            module.__name__
            for modules in OWNERS.values()
            for module in modules
            if module.__name__ == event.__module__
        ),
    }


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def documents() -> dict[str, str]:
    """File name → content."""
    made = {"openapi.json": openapi(), "asyncapi.json": asyncapi()}
    return {
        name: json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        for name, content in made.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m allinone.docs", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    stale = []
    for name, content in documents().items():
        path = chosen.folder / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale.append(str(path))
        if not chosen.check:
            path.write_text(content, encoding="utf-8")
    if stale and chosen.check:
        sys.exit(f"out of date, run `make docs`: {', '.join(stale)}")


if __name__ == "__main__":
    main()
