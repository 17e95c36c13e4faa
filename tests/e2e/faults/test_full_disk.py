"""The disk fills up under load: a clear answer, nothing acknowledged is lost, and it goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.faults.served import Served, Shop, until

#: Left for events when the test begins; the rest of the small disk is ballast.
_LEFT_BYTES = 40_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 300 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.mounts
def test_a_full_disk_is_answered_with_503_and_room_mends_it(small_disk: Path) -> None:
    """PostgreSQL may even crash for want of room: what was acknowledged is there afterwards."""
    served = Served(small_disk / "shop")
    served.log = small_disk.parent / "serve.log"
    ballast = small_disk / "ballast"
    try:
        served.start()
        key = served.write_key()
        # Laid down before anyone sends: beside a fast sender the room would be gone meanwhile.
        with ballast.open("wb") as file:
            file.write(bytes(shutil.disk_usage(small_disk).free - _LEFT_BYTES))
        with Shop(served.port, key, events=100, padding_bytes=3_000) as shop:
            shop.await_acknowledged(100)
            until(lambda: shop.n_retries > 5, "the shop is told to try again")
            until(lambda: not served.is_ready(), "readyz says so")

            ballast.unlink()

            until(served.is_ready, "events can be taken again")
            shop.await_acknowledged(100)
        with served.house() as house:
            house.catch_up(180)
            rows = house.world.warehouse.sql(
                "select count(*) as n, count(distinct properties->>'order_id') as orders "
                "from events where event = 'Order Paid'"
            ).to_pylist()
    finally:
        served.end()

    n = len(shop.acknowledged)
    assert rows == [{"n": n, "orders": n}]
