"""The documents made from the code are the ones in docs/."""

import json

from allinone.docs import documents
from tests.conftest import ROOT


def test_the_documents_are_current() -> None:
    stale = [
        name
        for name, content in documents().items()
        if (ROOT / "docs" / name).read_text(encoding="utf-8") != content
    ]
    assert not stale, "run `make docs`"


def test_every_operation_of_the_api_has_its_own_name() -> None:
    paths = json.loads(documents()["openapi.json"])["paths"]
    names = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(names) == len(set(names))
