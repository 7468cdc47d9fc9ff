"""request-svc on trial, on each database in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from request_svc.service import SERVICE

from shared.service import Service
from shared.testing import Trial, on_trial
from tests.service.request_svc.office import DIRECTORY, SHEN, SU, XUE, Applicant

FILE_LIMIT = 100_000


@pytest.fixture(scope="session")
def schema_of() -> Service:
    return SERVICE


@pytest.fixture
async def trial(database_url: str, tmp_path: Path, organisation_file: Path) -> AsyncIterator[Trial]:
    async with on_trial(
        SERVICE,
        folder=tmp_path,
        database_url=database_url,
        organisation=organisation_file,
        file_limit_bytes=FILE_LIMIT,
        files_per_request=5,
    ) as trial:
        await trial.deliver(*DIRECTORY)
        yield trial


@pytest.fixture
async def shen(trial: Trial) -> AsyncIterator[Applicant]:
    async with trial.client(SHEN) as client:
        yield Applicant(client)


@pytest.fixture
async def su(trial: Trial) -> AsyncIterator[Applicant]:
    """Someone else, who has nothing to do with what shen does."""
    async with trial.client(SU) as client:
        yield Applicant(client)


@pytest.fixture
async def xue(trial: Trial) -> AsyncIterator[Applicant]:
    """督查室, which reads everything."""
    async with trial.client(XUE) as client:
        yield Applicant(client)
