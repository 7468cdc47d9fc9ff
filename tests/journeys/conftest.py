"""The same stories on every shape of the product, or on the one that SEALFLOW_URL names."""

import os

import pytest

from tests.conftest import Product

ELSEWHERE = os.environ.get("SEALFLOW_URL")


@pytest.fixture(params=["elsewhere"] if ELSEWHERE else ["one_process", "separate_processes"])
def product(request: pytest.FixtureRequest) -> Product:
    if ELSEWHERE:
        return Product(ELSEWHERE)
    return Product(request.getfixturevalue(request.param).url)
