"""A job's codes as a file: handed out once, so that the same codes are never in two hands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from huiliu.kernel.errors import Conflict, NotFound
from huiliu.ports.world import World

__all__ = ["codes_csv"]

_SIZE: Final = 20_000


def codes_csv(world: World, brand_id: int, coupon: str, job_id: int) -> Iterator[bytes]:
    """Return the file of a job's codes, piece by piece; from here on it was handed out.

    Raises:
        NotFound: the pool has no such job.
        Conflict: its codes are still made, or were handed out before.
    """
    with world.store.system() as tx:
        job = tx.rewards.job(brand_id, job_id)
        if job is None or job.coupon != coupon:
            raise NotFound("coupon_job", str(job_id))
        if not job.done_at:
            raise Conflict(f"job {job_id}", "a job that is done", "one that is under way")
        if not tx.rewards.export_once(brand_id, job_id, world.clock.now()):
            raise Conflict(f"job {job_id}", "codes that nobody has", "codes handed out before")
    return _pieces(world, brand_id, job_id)


def _pieces(world: World, brand_id: int, job_id: int) -> Iterator[bytes]:
    """Yield the file."""
    yield b"code\r\n"
    with world.store.system() as tx:
        for codes in tx.rewards.stream_codes(brand_id, job_id, _SIZE):
            yield "".join(f"{code}\r\n" for code in codes).encode()
