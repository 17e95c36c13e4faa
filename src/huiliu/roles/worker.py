"""The worker: loops that move everything forward, each in a thread of its own.

project -> advance -> dispatch -> receive, and expire and tags beside them. A loop that finds
nothing to do sleeps until PostgreSQL notifies it or a quarter of a second has passed: the notice is
only a hint.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import Final

import psycopg
import structlog

from huiliu.bootstrap import House, defer_collection
from huiliu.kernel.errors import Unavailable
from huiliu.ports.health import Beat
from huiliu.ports.world import World
from huiliu.printers.csv import csv_rows
from huiliu.roles.backtester import watch
from huiliu.roles.logs import fault_facts
from huiliu.services.ad_convert import convert_ads
from huiliu.services.ad_follow import follow_ads, forget_ad_clicks
from huiliu.services.ad_share import share_ads
from huiliu.services.ad_spend import fetch_spend_due
from huiliu.services.advance import advance
from huiliu.services.articles import look_at_publishing
from huiliu.services.call_webhooks import call_webhooks
from huiliu.services.carry_over import carry_over, finish_drained
from huiliu.services.check_domain import check_domains_due
from huiliu.services.close_points import close_due
from huiliu.services.close_silent import close_silent
from huiliu.services.count_odds import count_odds_due
from huiliu.services.dispatch import dispatch, recover
from huiliu.services.earn_points import follow_points
from huiliu.services.end_consents import end_consents
from huiliu.services.expire import expire
from huiliu.services.expire_reservations import expire_reservations
from huiliu.services.fill import fill
from huiliu.services.follow_experiments import follow_experiments
from huiliu.services.follow_friends import bring_friends, forget_devices
from huiliu.services.follow_payments import follow_payments
from huiliu.services.follow_shop_notices import follow_shop_notices
from huiliu.services.forward import forward
from huiliu.services.go_live import follow_decisions
from huiliu.services.guard_watch import watch_guards
from huiliu.services.holdouts import end_holdouts
from huiliu.services.inapp_overview import forget_cards
from huiliu.services.links import forget_links
from huiliu.services.make_codes import continue_jobs
from huiliu.services.member_tiers import follow_tiers
from huiliu.services.menus import show_menus_due
from huiliu.services.move_points import move_points
from huiliu.services.platform_lookups import look_people_up
from huiliu.services.project import project, set_aside
from huiliu.services.receive import receive
from huiliu.services.recheck_content import recheck_content
from huiliu.services.reconcile import look_after
from huiliu.services.reconcile_shops import reconcile_shops
from huiliu.services.refresh_products import refresh_products_due
from huiliu.services.refresh_tags import refresh_due
from huiliu.services.report_schedules import make_due_reports
from huiliu.services.roll_out import roll_out
from huiliu.services.scan_qr_code import forget_scans
from huiliu.services.schedule import schedule
from huiliu.services.sweep import sweep
from huiliu.services.sweep_posts import sweep_posts
from huiliu.services.tell_house import (
    forget_notices,
    post_notices,
    send_house_mail,
    spread_notices,
)
from huiliu.services.tell_news import tell_news
from huiliu.services.tell_products import tell_products
from huiliu.services.tell_regions import tell_regions
from huiliu.services.wecom_greetings import greet_customers
from huiliu.services.wecom_jobs import follow_jobs
from huiliu.services.white_papers import make_white_papers, open_white_papers

__all__ = ["Loop", "loops", "run"]

#: Without a notice, a loop looks for work this often.
_IDLE_S: Final = 0.25
#: Work that no person waits for is looked for this seldom: sixty loops that ask all the time would
#: keep a quiet instance busy.
_SELDOM_S: Final = 2.0
#: What looks through a whole folder.
_HOURLY_S: Final = 3_600.0
#: After a failure: this long, doubled up to the longest.
_SHORTEST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
#: One event that fails so often is set aside, so that the others go on.
_PATIENCE: Final = 5
_BEAT_EVERY_S: Final = 2.0
#: A loop ends its batch within this time after a stop.
_DRAIN_S: Final = 6.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loop:
    """One kind of work, done in batches."""

    name: str
    #: Does one batch of at most so many; 0 = there was nothing to do.
    step: Callable[[World, int], int]
    batch: int
    #: Loops that have work when this one did something.
    wakes: tuple[str, ...] = ()
    #: Takes away the one thing that makes a batch of 1 fail again and again.
    set_aside: Callable[[World], int] | None = None
    #: How long it rests where there is nothing to do and nobody wakes it, in seconds.
    rest_s: float = _IDLE_S


def _receive(world: World, _limit: int) -> int:
    """Take in what providers reported."""
    return receive(world)


def _forget_links(world: World, limit: int) -> int:
    """Drop links that are older than anyone needs."""
    return forget_links(world, world.clock.now(), limit)


def _forget_scans(world: World, limit: int) -> int:
    """Drop scans that nobody can repeat any more."""
    return forget_scans(world, world.clock.now(), limit)


def _forget_cards(world: World, limit: int) -> int:
    """Drop in-app messages that ended long ago."""
    return forget_cards(world, world.clock.now(), limit)


#: Destinations that are served side by side.
_FORWARDERS: Final = 3
#: Messages of one class never wait behind those of the other, nor channels for each other.
_CLASSES: Final = ("service", "marketing")


#: Files are written by the printers, which services do not know.
_MAKE_REPORTS: Final = partial(make_due_reports, write=csv_rows)


def loops(world: World) -> tuple[Loop, ...]:
    """Return every kind of work there is, with one sender for each channel and class."""
    senders = tuple(
        Loop(f"dispatch {name} {kind}", _sender(name, kind), 500)
        for name in world.channels
        for kind in _CLASSES
    )
    names = tuple(sender.name for sender in senders)
    return (
        Loop("project", project, 2_000, ("advance", *names), set_aside),
        Loop("advance", advance, 2_000, ("project", *names)),
        Loop("schedule", schedule, 1, ("fill",)),
        Loop("fill", fill, 1, ("project", "advance", *names)),
        Loop("webhooks", call_webhooks, 100, ("project",)),
        Loop("sweep", sweep, 2_000, ("project",)),
        *senders,
        # What vanished workers held, for all channels at once.
        Loop("recover", recover, 500, names, rest_s=1.0),
        Loop("receive", _receive, 500, ("project",)),
        Loop("doubts", look_after, 500, ("project",), rest_s=_SELDOM_S),
        Loop("expire", expire, 1_000, ("project",)),
        Loop("consents", end_consents, 1_000, ("project",), rest_s=_SELDOM_S),
        Loop("conversations", close_silent, 500, ("project",), rest_s=_SELDOM_S),
        # What a publishing that died had not carried over yet, and versions that run empty.
        Loop("carry over", carry_over, 5_000, ("advance",)),
        Loop("drained", finish_drained, 100, rest_s=_SELDOM_S),
        # What was approved by somebody who died, and what nobody answered in time.
        Loop("decisions", follow_decisions, 20, rest_s=_SELDOM_S),
        # What an apply that died had not told the log yet.
        Loop("tell news", tell_news, 2_000, ("project",)),
        Loop("tags", refresh_due, 1, ("project",)),
        Loop("odds", count_odds_due, 1, rest_s=_SELDOM_S),
        Loop("product news", tell_products, 2_000, ("project",)),
        Loop("recommendations", refresh_products_due, 1, rest_s=_SELDOM_S),
        # Several, so that a destination which hangs holds up one of them only.
        *(Loop(f"forward {number}", forward, 500) for number in range(1, _FORWARDERS + 1)),
        # Two, so that a shop which answers slowly holds up one kind of question only.
        Loop("shop notices", follow_shop_notices, 50, ("project",)),
        Loop("shop polls", reconcile_shops, 1, ("project",), rest_s=_SELDOM_S),
        Loop("regions", tell_regions, 2_000, ("project",)),
        Loop("content", recheck_content, 1, rest_s=_SELDOM_S),
        Loop("reservations", expire_reservations, 500, ("project",), rest_s=1.0),
        Loop("coupon codes", continue_jobs, 50_000, rest_s=_SELDOM_S),
        Loop("roll-outs", roll_out, 1, rest_s=_SELDOM_S),
        Loop("channel guard", watch_guards, 1, rest_s=_SELDOM_S),
        Loop("experiments", follow_experiments, 1, rest_s=_SELDOM_S),
        Loop("holdouts over", end_holdouts, 1, rest_s=30.0),
        Loop("posts of nobody", sweep_posts, 500, rest_s=_HOURLY_S),
        Loop("old links", _forget_links, 5_000, rest_s=_SELDOM_S),
        Loop("old scans", _forget_scans, 5_000, rest_s=_SELDOM_S),
        Loop("old in-app messages", _forget_cards, 5_000, rest_s=_SELDOM_S),
        Loop("sending domains", check_domains_due, 5, rest_s=_SELDOM_S),
        # Two each, so that a platform which hangs holds up one audience only.
        Loop("ads followed", follow_ads, 2_000),
        *(Loop(f"ads shared {number}", share_ads, 5_000, ("project",)) for number in (1, 2)),
        Loop("ads converted", convert_ads, 1_000),
        Loop("ads spend", fetch_spend_due, 1, rest_s=_SELDOM_S),
        Loop("old clicks", forget_ad_clicks, 5_000, rest_s=_SELDOM_S),
        # By itself: WeCom takes a greeting for twenty seconds.
        Loop("greetings", greet_customers, 20),
        Loop("wecom jobs", follow_jobs, 5, rest_s=_SELDOM_S),
        Loop("who they are", look_people_up, 100, ("project",)),
        Loop("points earned", follow_points, 1_000, ("project",)),
        Loop("points closed", close_due, 1, rest_s=30.0),
        Loop("points moved", move_points, 500, ("project",), rest_s=_SELDOM_S),
        Loop("menus", show_menus_due, 5, rest_s=_SELDOM_S),
        # Few at a time: what is given holds wallets to the end of the batch.
        Loop("member levels", follow_tiers, 500, ("project",), rest_s=_SELDOM_S),
        Loop("payments", follow_payments, 20, ("project",), rest_s=_SELDOM_S),
        Loop("articles", look_at_publishing, 20, rest_s=_SELDOM_S),
        # Two ways, so that a slow mail server holds up no robot.
        Loop("notices", spread_notices, 100, ("notices posted", "letters to users"), rest_s=1.0),
        Loop("notices posted", post_notices, 20, rest_s=1.0),
        Loop("letters to users", send_house_mail, 5, rest_s=1.0),
        Loop("old notices", forget_notices, 1_000, rest_s=_HOURLY_S),
        Loop("scheduled reports", _MAKE_REPORTS, 1, ("letters to users",), rest_s=_SELDOM_S),
        Loop("white papers due", open_white_papers, 1, ("white papers",), rest_s=_HOURLY_S),
        Loop("white papers", make_white_papers, 1, rest_s=_SELDOM_S),
        Loop("friends", bring_friends, 500, ("project",), rest_s=1.0),
        Loop("old devices", forget_devices, 1_000, rest_s=_SELDOM_S),
    )


def _sender(channel: str, message_class: str) -> Callable[[World, int], int]:
    """Return the step that sends one class of one channel's messages."""

    def send(world: World, limit: int) -> int:
        return dispatch(world, limit, channel=channel, message_class=message_class)

    return send


class _Runner:
    """Runs one loop until it is stopped, whatever its batches do."""

    def __init__(self, loop: Loop, world: World, stop: Event) -> None:
        """Prepare to run."""
        self.loop = loop
        #: Set when there may be work.
        self.hint = Event()
        self.n_done = 0
        self.n_failed = 0
        self.fault = ""
        self._world = world
        self._stop = stop
        self._limit = loop.batch
        self._failures_in_a_row = 0

    def run(self, wake: Callable[[Sequence[str]], None]) -> None:
        """Do batch after batch until the stop."""
        while not self._stop.is_set():
            self.hint.clear()
            n_done = self._step()
            if n_done > 0:
                wake(self.loop.wakes)
            elif n_done == 0:
                self.hint.wait(self.loop.rest_s)
            else:
                self._stop.wait(self._pause_s())

    def _step(self) -> int:
        """Do one batch and return how much was done; -1 when it failed."""
        try:
            n_done = self.loop.step(self._world, self._limit)
        except Unavailable as fault:
            self._note(fault, poisoned=False)
            return -1
        except Exception as fault:  # noqa: BLE001 - the outermost loop: one bad batch must not end it
            self._note(fault, poisoned=True)
            return -1
        self.fault, self._failures_in_a_row = "", 0
        self.n_done += n_done
        self._limit = min(self.loop.batch, self._limit * 2)
        return n_done

    def _note(self, fault: Exception, *, poisoned: bool) -> None:
        """Remember a failure; one that comes from the batch itself is fenced in by halving it."""
        self.n_failed += 1
        self._failures_in_a_row += 1
        self.fault = type(fault).__name__
        log.warning("batch_failed", loop=self.loop.name, limit=self._limit,
                    failures=self._failures_in_a_row, **fault_facts(fault))  # fmt: skip
        if not poisoned:
            return
        if self._limit > 1:
            self._limit //= 2
            self._failures_in_a_row = 0
        elif self._failures_in_a_row >= _PATIENCE and self.loop.set_aside is not None:
            self._set_aside(self.loop.set_aside)

    def _set_aside(self, remove: Callable[[World], int]) -> None:
        """Take the poison away and say so."""
        try:
            n_removed = remove(self._world)
        except Exception as fault:  # noqa: BLE001 - as above
            log.error("set_aside_failed", loop=self.loop.name, **fault_facts(fault))  # noqa: TRY400 - an exception's words may quote a person's data
            return
        log.error("set_aside", loop=self.loop.name, n=n_removed)
        self._failures_in_a_row = 0

    def _pause_s(self) -> float:
        """Return how long to wait after the last failure."""
        doubled: float = _SHORTEST_PAUSE_S * 2 ** min(self._failures_in_a_row, 10)
        return min(_LONGEST_PAUSE_S, doubled)


def run(house: House, stop: Event, on_ready: Callable[[], None]) -> None:
    """Run every loop until `stop` is set, then let each end its batch."""
    runners = {loop.name: _Runner(loop, house.world, stop) for loop in loops(house.world)}

    def wake(names: Sequence[str]) -> None:
        for name in names:
            if name in runners:
                runners[name].hint.set()

    defer_collection()
    threads = [
        Thread(target=runner.run, args=(wake,), name=name, daemon=True)
        for name, runner in runners.items()
    ]
    threads.append(Thread(target=watch, args=(house, stop), name="backtests", daemon=True))
    threads.append(
        Thread(target=_listen, args=(house.database_url, wake, stop), name="listen", daemon=True)
    )
    for thread in threads:
        thread.start()
    log.info("worker_started", loops=list(runners))
    on_ready()
    while not stop.wait(_BEAT_EVERY_S):
        _beat(house, runners)
    deadline = time.monotonic() + _DRAIN_S
    for runner in runners.values():
        runner.hint.set()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    log.info("worker_stopped", unfinished=[t.name for t in threads if t.is_alive()])


def _listen(url: str, wake: Callable[[Sequence[str]], None], stop: Event) -> None:
    """Turn PostgreSQL's notices into hints; without them the loops look for work themselves."""
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("listen huiliu_log")
                while not stop.is_set():
                    for _ in connection.notifies(timeout=1.0, stop_after=1):
                        wake(("project",))
        except psycopg.Error:
            stop.wait(_LONGEST_PAUSE_S)


def _beat(house: House, runners: dict[str, _Runner]) -> None:
    """Write how the loops fare, for /metrics and `huiliu doctor`."""
    process = f"{socket.gethostname()}:{os.getpid()}"
    now = house.world.clock.now()
    beats = [
        Beat(process, name, now, runner.n_done, runner.n_failed, runner.fault)
        for name, runner in runners.items()
    ]
    try:
        with house.world.store.system() as tx:
            tx.health.beat(beats)
    except Unavailable:
        # The loops say so already; the next beat tells the rest.
        return
