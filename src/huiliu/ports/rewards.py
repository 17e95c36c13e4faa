"""Coupons and promotions: codes, how much of each limit is used, and orders that took them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from huiliu.rewards.limits import Claim

__all__ = ["CodeJob", "CodeRow", "CounterKey", "RedemptionPart", "RedemptionRow", "RewardStore"]

#: scope, slug, what, member of a counter.
CounterKey: TypeAlias = tuple[str, str, str, str]


class CodeRow(msgspec.Struct, frozen=True, gc=False):
    """One own code."""

    code: str
    coupon: str
    job_id: int
    #: To whom it was issued; None = to nobody in particular.
    profile_id: int | None
    #: None = it lies in the pool.
    issued_at: int | None
    #: 0 = with its pool.
    expires_at: int
    channel: str
    is_void: bool


class CodeJob(msgspec.Struct, frozen=True, gc=False):
    """Codes that are made, or taken in."""

    job_id: int
    coupon: str
    n_wanted: int
    n_made: int
    at: int
    by: str
    #: 0 = it is not done.
    done_at: int
    #: 0 = its codes were never handed out as a file.
    exported_at: int


class RedemptionPart(msgspec.Struct, frozen=True, gc=False):
    """A promotion that an order took."""

    promotion: str
    version: int
    coupon: str
    code: str
    discount: int


class RedemptionRow(msgspec.Struct, frozen=True, gc=False):
    """What became of one order."""

    order_id: str
    #: reserved, redeemed, rolled_back, expired.
    state: str
    profile_id: int | None
    #: Of person and basket.
    digest: bytes
    codes: list[str]
    currency: str
    channel: str
    store: str
    total: int
    discount: int
    #: As it was priced, JSON.
    answer: str
    #: What it took of limits, JSON.
    claims: str
    created_at: int
    #: Of a reservation; 0 = never.
    expires_at: int
    changed_at: int
    by: str = ""
    reason: str = ""


class RewardStore(Protocol):
    """Coupons and promotions, inside one transaction."""

    def claim(self, brand_id: int, claims: Sequence[Claim]) -> list[Claim]:
        """Take all of these, or nothing; return those that find nothing left.

        A claim of less than nothing gives back. Counters are taken in the order of their keys.
        """
        ...

    def used(self, brand_id: int, keys: Collection[CounterKey]) -> dict[CounterKey, int]:
        """Return how much of limits is used; who never used any is absent."""
        ...

    def open_order(self, brand_id: int, order_id: str) -> RedemptionRow | None:
        """Return what became of an order; nobody else decides about it until the end."""
        ...

    def look(self, brand_id: int, order_id: str) -> RedemptionRow | None:
        """Return the same without a lock."""
        ...

    def put_redemption(
        self,
        brand_id: int,
        row: RedemptionRow,
        parts: Sequence[RedemptionPart] | None,
        *,
        is_new: bool = False,
        own: Collection[str] = (),
    ) -> None:
        """Write what becomes of an order, new or not; without parts those that it has stay.

        Its `own` codes, if they lay in a pool, are in the buyer's hands from now on.
        """
        ...

    def parts(self, brand_id: int, order_id: str) -> list[RedemptionPart]:
        """Return what an order took."""
        ...

    def due(self, now: int, limit: int, brand_id: int = 0) -> list[tuple[int, RedemptionRow]]:
        """Return reservations that ran out, locked, each with its brand; others' are left out."""
        ...

    def codes(self, brand_id: int, codes: Collection[str]) -> dict[str, CodeRow]:
        """Return own codes as they stand."""
        ...

    def code_of_key(self, brand_id: int, coupon: str, key: bytes) -> CodeRow | None:
        """Return the code that was issued under a key."""
        ...

    def lock_issue(self, brand_id: int, coupon: str, key: bytes) -> None:
        """Let nobody else issue under a key until the end of the transaction."""
        ...

    def issue_free(  # noqa: PLR0913 - whose, which, to whom, under what, when and until
        self,
        brand_id: int,
        coupon: str,
        *,
        profile_id: int | None,
        key: bytes | None,
        now: int,
        expires_at: int,
        channel: str,
    ) -> str:
        """Issue a code that lies in the pool; "" = there is none."""
        ...

    def put_code(self, brand_id: int, row: CodeRow, key: bytes | None) -> bool:
        """Write a code that was made when it was issued; False = there is such a code already."""
        ...

    def void(self, brand_id: int, codes: Collection[str]) -> int:
        """Withdraw codes; return how many stood."""
        ...

    def open_job(self, brand_id: int, coupon: str, n_wanted: int, now: int, by: str) -> CodeJob:
        """Write down that codes are to be made."""
        ...

    def job(self, brand_id: int, job_id: int, *, lock: bool = False) -> CodeJob | None:
        """Return a job."""
        ...

    def jobs(self, brand_id: int, coupon: str = "") -> list[CodeJob]:
        """Return jobs, the newest first."""
        ...

    def put_codes(self, brand_id: int, coupon: str, job_id: int, codes: Sequence[str]) -> int:
        """Put codes into a pool and move their job on; return how many were new."""
        ...

    def end_job(self, brand_id: int, job_id: int, now: int) -> None:
        """Note that a job is done."""
        ...

    def stream_codes(self, brand_id: int, job_id: int, size: int) -> Iterable[list[str]]:
        """Yield a job's codes in order, so many at once."""
        ...

    def export_once(self, brand_id: int, job_id: int, now: int) -> bool:
        """Note that a job's codes are handed out as a file; False = they were before."""
        ...

    def count_codes(self, brand_id: int) -> Mapping[str, tuple[int, int]]:
        """Return coupon -> (codes, codes that lie in the pool)."""
        ...
