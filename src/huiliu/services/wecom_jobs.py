"""What employees were asked to send: looked after until they have sent it, or it is taken back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.wecom import SendResult, WecomGroup
from huiliu.ports.wecom_store import WecomJob
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named
from huiliu.services.own_tasks import open_own_task
from huiliu.services.plain_rendering import rendered_for_nobody
from huiliu.services.receive import take_in

__all__ = [
    "MOST_REMINDERS",
    "ask_groups",
    "cancel_job",
    "follow_jobs",
    "list_groups",
    "list_jobs",
    "remind",
]

#: In a day. Source: developer.work.weixin.qq.com/document/path/97610.
MOST_REMINDERS: Final = 3
_SHOWN: Final = 200
#: Whoever looks after a job has it alone for so long.
_LEASE: Final = 5 * MINUTE
#: Age of a job -> how long until it is looked at again.
_EVERY: Final = ((10 * MINUTE, MINUTE), (2 * HOUR, 10 * MINUTE), (365 * DAY, HOUR))
_STATES: Final = {"sent": "delivered", "no_friend": "failed", "over_limit": "failed"}
_MOST_CHATS: Final = 2_000


def list_jobs(world: World, brand_id: int) -> list[WecomJob]:
    """Return what employees were asked to send, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.wecom.jobs(brand_id, _SHOWN)


def list_groups(world: World, brand_id: int, account: str) -> list[WecomGroup]:
    """Return the groups of customers; raise NotFound, PlatformFailed."""
    return world.wecom.groups(account_named(world, brand_id, "wecom", account))


def ask_groups(  # noqa: PLR0913 - who is asked to send what into which groups
    world: World,
    brand_id: int,
    account: str,
    *,
    owner: str,
    chats: Sequence[str],
    template: str,
    by: str,
) -> WecomJob:
    """Ask the owner of groups to send a template's words into them; the staff get a task.

    Raises:
        NotFound: there is no such account.
        BadInput: with everything that is wrong.
        PlatformFailed: the platform refused.
    """
    where = account_named(world, brand_id, "wecom", account)
    with world.store.transaction(brand_id) as tx:
        parts = rendered_for_nobody(tx, brand_id, template, "wecom")
    problems = []
    if parts is None:
        problems.append(Problem("template", text("codes.no_template", slug=template)))
    if not owner.strip():
        problems.append(Problem("owner", text("wecom.owner")))
    if not 1 <= len(chats) <= _MOST_CHATS or not all(one.strip() for one in chats):
        problems.append(Problem("chats", text("wecom.chats", most=_MOST_CHATS)))
    if problems or parts is None:
        raise BadInput(tuple(problems))
    job = world.wecom.ask_groups(where, owner.strip(), chats, parts)
    now = world.clock.now()
    days = int(where.config.get("confirm_days") or 3)
    row = WecomJob(
        brand_id=brand_id, account=account, job=job, kind="groups", title=template,
        n_asked=len(chats), n_waiting=len(chats), made_at=now, made_by=by,
        due_at=now + MINUTE, until=now + days * DAY,
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        tx.wecom.add_job(row)
        said = text("wecom.task_groups", template=template, n=len(chats))
        open_own_task(
            tx, brand_id, said, "/wecom/jobs", "wecom job", job, now=now, due_at=now + DAY,
            assignee=owner.strip(),
        )  # fmt: skip
    return row


def remind(world: World, brand_id: int, account: str, job: str) -> WecomJob:
    """Remind the employees who have not sent yet.

    Raises:
        NotFound: there is no such job.
        Conflict: it is over, or they were reminded three times in a day.
        PlatformFailed: the platform refused.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        row = tx.wecom.job(brand_id, account, job)
        lately = tuple(at for at in row.reminded if at > now - DAY)
        if row.ended_at or len(lately) >= MOST_REMINDERS:
            found = "over" if row.ended_at else f"{len(lately)} reminders"
            raise Conflict(f"job {job}", f"under way, fewer than {MOST_REMINDERS}", found)
        # Noted first: one too many is refused over there, one too few is nobody's harm.
        done = structs.replace(row, reminded=(*lately, now))
        tx.wecom.put_job(done)
    world.wecom.remind(account_named(world, brand_id, "wecom", account), job)
    return done


def cancel_job(world: World, brand_id: int, account: str, job: str) -> None:
    """Take back what is not sent yet; raise NotFound, Conflict, PlatformFailed."""
    with world.store.transaction(brand_id) as tx:
        row = tx.wecom.job(brand_id, account, job)
    if row.ended_at:
        raise Conflict(f"job {job}", "under way", "over")
    _end(world, account_named(world, brand_id, "wecom", account), row)


def follow_jobs(world: World, limit: int) -> int:
    """Look after the jobs that are due; return how many."""
    now = world.clock.now()
    with world.store.system() as tx:
        due = tx.wecom.due(now, now + _LEASE, limit)
    for row in due:
        try:
            account = account_named(world, row.brand_id, "wecom", row.account)
        except NotFound:
            with world.store.system() as tx:
                tx.wecom.put_job(structs.replace(row, ended_at=now))
            continue
        try:
            _follow(world, account, row)
        except PlatformFailed as fault:
            wait = fault.retry_after or _pause(now - row.made_at)
            # Far beyond its time nobody will ever say what became of it.
            over = now if now > row.until + 30 * DAY else 0
            with world.store.system() as tx:
                tx.wecom.put_job(structs.replace(row, due_at=now + wait, ended_at=over))
    return len(due)


def _follow(world: World, account: ChannelAccount, row: WecomJob) -> None:
    """Ask what became of a job, tell the messages, and take back what is too old."""
    now = world.clock.now()
    if now >= row.until:
        _end(world, account, row)
        return
    results = world.wecom.results(account, row.job)
    counted = _counted(row, results)
    if (counted.n_sent, counted.n_failed) != (row.n_sent, row.n_failed) and row.kind == "people":
        take_in(world, account, _receipts(account, row, results))
    done = counted.n_sent + counted.n_failed >= row.n_asked
    with world.store.system() as tx:
        tx.wecom.put_job(
            structs.replace(
                counted, looked_at=now, due_at=now + _pause(now - row.made_at),
                ended_at=now if done else 0,
            )
        )  # fmt: skip


def _end(world: World, account: ChannelAccount, row: WecomJob) -> None:
    """Take back what nobody confirmed, then tell of all."""
    try:
        world.wecom.cancel(account, row.job)
    except PlatformFailed as fault:
        # Without an answer nobody knows, and what was put off may still go; with another there is
        # nothing to be taken back.
        if not fault.code or fault.is_put_off:
            raise
    results = world.wecom.results(account, row.job)
    if row.kind == "people":
        take_in(world, account, _receipts(account, row, results, is_over=True))
    now = world.clock.now()
    with world.store.system() as tx:
        tx.wecom.put_job(structs.replace(_counted(row, results), looked_at=now, ended_at=now))


def _counted(row: WecomJob, results: Iterable[SendResult]) -> WecomJob:
    """Return a job with what the results say; one customer may have several employees."""
    best = _best(results)
    counts = Counter("failed" if _STATES.get(one) == "failed" else one for one in best.values())
    n_sent, n_failed = counts["sent"], counts["failed"]
    return structs.replace(
        row, n_sent=n_sent, n_failed=n_failed, n_waiting=max(0, row.n_asked - n_sent - n_failed)
    )


def _receipts(
    account: ChannelAccount, row: WecomJob, results: Iterable[SendResult], *, is_over: bool = False
) -> list[Receipt]:
    """Return what the results say of each message; what was taken back has failed."""
    found = []
    for address, state in _best(results).items():
        told = _STATES.get(state) or ("failed" if is_over else "")
        if told:
            mark = hashlib.sha256(address.encode()).hexdigest()[:16]
            said = "not_confirmed" if state == "waiting" else state
            found.append(
                Receipt("wecom", account.name, f"{row.job}/{mark}", told, said, code=said)
            )  # fmt: skip
    return found


def _best(results: Iterable[SendResult]) -> dict[str, str]:
    """Return whom -> the best that became of it: sent, waiting, or why not."""
    order = ("sent", "waiting", "over_limit", "no_friend")
    found: dict[str, str] = {}
    for one in results:
        before = found.get(one.to)
        if before is None or order.index(one.state) < order.index(before):
            found[one.to] = one.state
    return found


def _pause(age: int) -> int:
    """Return how long until a job of an age is looked at again."""
    return next(pause for longest, pause in _EVERY if age <= longest) if age <= 365 * DAY else DAY
