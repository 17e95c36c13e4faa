"""Makes own codes by the million: streamed in chunks, each with its job's progress; resumable."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import numpy as np

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.rewards import CodeJob
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.coupon import ALPHABET, Coupon, normal_code
from huiliu.services.live import live

__all__ = ["MOST_CODES", "continue_jobs", "import_codes", "make_codes", "open_job", "run_job"]

#: Codes of one job at most.
MOST_CODES: Final = 20_000_000
#: Codes of one transaction.
_CHUNK: Final = 50_000
_LETTERS: Final = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
#: Bytes below this fall on every letter equally often.
_FAIR: Final = 256 - 256 % len(ALPHABET)


def make_codes(
    world: World,
    brand_id: int,
    coupon: str,
    n: int,
    by: str,
    tell: Callable[[CodeJob], None] = lambda _job: None,
) -> CodeJob:
    """Make codes and wait for them; `tell` hears how far it is after each chunk.

    Raises:
        NotFound: there is no such pool.
        BadInput: it has one code for all, or so many cannot be made.
    """
    return run_job(world, brand_id, open_job(world, brand_id, coupon, n, by).job_id, tell)


def open_job(world: World, brand_id: int, coupon: str, n: int, by: str) -> CodeJob:
    """Write down that codes are to be made; a worker makes them. Raises as `make_codes` does."""
    with world.store.system() as tx:
        pool = _pool(tx, world, brand_id, coupon)
        # Whoever tries a code at random must fail far more often than a billion times.
        if not 1 <= n <= min(MOST_CODES, len(ALPHABET) ** pool.length // 10**9 or 1):
            most = min(MOST_CODES, len(ALPHABET) ** pool.length // 10**9 or 1)
            raise BadInput((Problem("n", text("rewards.want_number_of_codes", most=most)),))
        return tx.rewards.open_job(brand_id, coupon, n, world.clock.now(), by)


def run_job(
    world: World,
    brand_id: int,
    job_id: int,
    tell: Callable[[CodeJob], None] = lambda _job: None,
) -> CodeJob:
    """Make what a job still lacks; several who run the same one share the work.

    Raises:
        NotFound: there is no such job.
    """
    while True:
        with world.store.system() as tx:
            job = _step(tx, world, brand_id, job_id)
        tell(job)
        if job.done_at:
            return job


def continue_jobs(world: World, limit: int) -> int:
    """Go on with a job that nobody is done with; return how many codes were made, for a worker."""
    with world.store.system() as tx:
        for brand_id in tx.documents.brands():
            for job in tx.rewards.jobs(brand_id):
                if not job.done_at and job.n_wanted:
                    made = _step(tx, world, brand_id, job.job_id, limit)
                    return max(made.n_made - job.n_made, 0)
    return 0


def import_codes(
    world: World, brand_id: int, coupon: str, written: Iterable[str], by: str
) -> tuple[CodeJob, list[tuple[int, str]]]:
    """Take in codes that were made elsewhere; return the job, and the lines that are no codes.

    Codes that are there already, and blank lines, are left out.

    Raises:
        NotFound: there is no such pool.
        BadInput: it has one code for all.
    """
    bad: list[tuple[int, str]] = []

    def codes() -> Iterator[str]:
        """Yield what can be a code."""
        for nth, line in enumerate(written, 1):
            code = normal_code(line)
            if code:
                yield code
            elif line.strip():
                bad.append((nth, line.strip()[:80]))

    with world.store.system() as tx:
        _pool(tx, world, brand_id, coupon)
        job = tx.rewards.open_job(brand_id, coupon, 0, world.clock.now(), by)
    stream = codes()
    while some := list(islice(stream, _CHUNK)):
        with world.store.system() as tx:
            tx.rewards.put_codes(brand_id, coupon, job.job_id, some)
    with world.store.system() as tx:
        tx.rewards.end_job(brand_id, job.job_id, world.clock.now())
        found = tx.rewards.job(brand_id, job.job_id)
    assert found is not None
    return found, bad


def _step(tx: Tx, world: World, brand_id: int, job_id: int, most: int = _CHUNK) -> CodeJob:
    """Make one chunk of a job under its lock."""
    job = tx.rewards.job(brand_id, job_id, lock=True)
    if job is None:
        raise NotFound("coupon_job", str(job_id))
    pool = live(tx, world, brand_id).shelf.coupons.get(job.coupon)
    lacks = job.n_wanted - job.n_made
    if lacks > 0 and pool is not None:
        tx.rewards.put_codes(brand_id, job.coupon, job_id, _random(pool, min(lacks, most, _CHUNK)))
        job = tx.rewards.job(brand_id, job_id) or job
    if pool is None or job.n_made >= job.n_wanted:
        # A pool that was taken away gets no more codes.
        tx.rewards.end_job(brand_id, job_id, world.clock.now())
        job = tx.rewards.job(brand_id, job_id) or job
    return job


def _random(pool: Coupon, n: int) -> list[str]:
    """Return codes that nobody can guess, letter by letter from the system's own dice."""
    wanted = n * pool.length
    letters = np.empty(0, dtype=np.uint8)
    while len(letters) < wanted:
        dice = np.frombuffer(secrets.token_bytes((wanted - len(letters)) * 9 // 8 + 64), np.uint8)
        letters = np.concatenate([letters, dice[dice < _FAIR] % len(ALPHABET)])
    rows = _LETTERS[letters[:wanted]].reshape(n, pool.length)
    whole = rows.tobytes().decode("ascii")
    size = pool.length
    return [pool.prefix + whole[at : at + size] for at in range(0, wanted, size)]


def _pool(tx: Tx, world: World, brand_id: int, coupon: str) -> Coupon:
    """Return a pool of own codes."""
    pool = live(tx, world, brand_id).shelf.coupons.get(coupon)
    if pool is None:
        raise NotFound("coupon", coupon)
    if pool.code:
        raise BadInput((Problem("coupon", text("rewards.one_code_for_all")),))
    return pool
