"""The engines that the contract is held to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.spark import local_spark

from huiliu.warehouses.spark.session import Spark


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """Lend one Spark to all tests of this process: to start it takes longer than most of them."""
    with local_spark() as opened:
        yield opened
