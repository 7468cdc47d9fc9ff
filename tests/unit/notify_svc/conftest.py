from pathlib import Path

import pytest
from notify_svc.render import Templates

from shared.organisation import Organisation


@pytest.fixture(scope="session")
def organisation(organisation_file: Path) -> Organisation:
    return Organisation.load(organisation_file)


@pytest.fixture(scope="session")
def templates(organisation: Organisation) -> Templates:
    return Templates(organisation)
