"""`huiliu doctor`: what is wrong with an instance, and how to mend it."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias
from zoneinfo import available_timezones

from huiliu.bootstrap import join
from huiliu.cli.errors import ENDINGS
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.kernel.errors import BadSetting, HuiliuError, Unavailable
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.health import Health
from huiliu.services.look_at_packs import content_alerts
from huiliu.services.public_orders import public_orders
from huiliu.settings import Settings, load
from huiliu.stores.embedded import find
from huiliu.stores.instance import Folder
from huiliu.stores.migrate import pending
from huiliu.stores.secrets import load as load_key

__all__ = ["CHECKS", "Check", "Finding", "doctor"]

State: TypeAlias = Literal["ok", "note", "wrong"]

_LEAST_FREE_BYTES: Final = 1_000_000_000
_LAG_NOTED: Final = 100_000
_BEAT_OLD: Final = 30 * SECOND
_LATE: Final = 1 * MINUTE


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    state: State
    #: What is so, and for a fault how to mend it.
    said: Text


@dataclass(frozen=True, slots=True)
class Patient:
    """What the checks look at."""

    folder: Folder
    settings: Settings
    #: The database that answers, or "".
    database_url: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong."""

    name: str
    look: Callable[[Patient], Iterator[Finding]]


def doctor(*, instance: Instance = HERE, json: Json = False) -> int:
    """Look at everything that can be wrong; the exit code is 69 when something is."""
    folder = Folder(instance)
    folder.require()
    settings = load(instance)
    url = settings.database_url or find(folder.postgres) or ""
    patient = Patient(folder, settings, url)
    found = [(check.name, finding) for check in CHECKS for finding in check.look(patient)]
    n_wrong = sum(finding.state == "wrong" for _, finding in found)
    if json:
        emit([{"check": n, "state": f.state, "says": sentence(f.said)} for n, f in found])
    else:
        for _, finding in found:
            say(text(f"doctor.{finding.state}", words=finding.said))
        say(text("doctor.sum", n=n_wrong))
    return ENDINGS[Unavailable].code if n_wrong else 0


def _key(patient: Patient) -> Iterator[Finding]:
    """The instance key is a key, and readable by its owner only."""
    key = patient.folder.key
    mode = key.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding("wrong", text("doctor.key_open", path=str(key), mode=f"{mode:04o}"))
        return
    try:
        load_key(key)
    except BadSetting:
        yield Finding("wrong", text("doctor.key_broken", path=str(key)))
    else:
        yield Finding("ok", text("doctor.key_closed"))


def _disk(patient: Patient) -> Iterator[Finding]:
    """There is room for the log to grow."""
    free = shutil.disk_usage(patient.folder.root).free
    state: State = "ok" if free >= _LEAST_FREE_BYTES else "wrong"
    key = "doctor.disk" if state == "ok" else "doctor.disk_full"
    yield Finding(state, text(key, free=f"{free / 1e9:.1f}", path=str(patient.folder.root)))
    if not os.access(patient.folder.data, os.W_OK):
        yield Finding("wrong", text("doctor.not_writable", path=str(patient.folder.data)))


def _zones(_patient: Patient) -> Iterator[Finding]:
    """Time zones are known: quiet hours and calendar windows need them."""
    n_zones = len(available_timezones())
    if n_zones < 300:
        yield Finding("wrong", text("doctor.zones_missing"))
    else:
        yield Finding("ok", text("doctor.zones", n=n_zones))


def _running(patient: Patient) -> Iterator[Finding]:
    """Who runs the instance, and whether the port is free where no one does."""
    holder = patient.folder.holder()
    if holder is not None:
        key = "doctor.running" if holder.ready else "doctor.starting"
        yield Finding("ok", text(key, what=holder.what, pid=holder.pid, address=holder.address))
        return
    yield Finding("note", text("doctor.not_running"))
    host, port = patient.settings.host, patient.settings.port
    if not _is_free(host, port):
        yield Finding("wrong", text("doctor.port_taken", port=port))
    for role in ("web", "worker", "analyst"):
        left = patient.folder.holder(f"role-{role}")
        if left is not None:
            yield Finding("wrong", text("doctor.role_left", role=role, pid=left.pid))


def _database(patient: Patient) -> Iterator[Finding]:
    """PostgreSQL answers, with this program's schema."""
    if not patient.database_url:
        yield Finding("note", text("doctor.postgres_stopped"))
        return
    began = time.monotonic()
    try:
        n_pending = pending(patient.database_url)
    except HuiliuError as fault:
        yield Finding("wrong", text("doctor.postgres_silent", cause=str(fault)))
        return
    if n_pending:
        yield Finding("wrong", text("doctor.migrations", n=n_pending))
    ms = round((time.monotonic() - began) * 1000)
    yield Finding("ok", text("doctor.postgres", ms=ms))


def _work(patient: Patient) -> Iterator[Finding]:
    """Events, tokens and messages move; where work piles up, it is said which."""
    if not patient.database_url:
        return
    try:
        with join(patient.folder, patient.settings) as house:
            now = house.world.clock.now()
            with house.world.store.system() as tx:
                health = tx.health.read(now)
                n_users = tx.accounts.n_users()
                n_keys = len(tx.accounts.keys(1))
    except HuiliuError as fault:
        yield Finding("wrong", text("doctor.postgres_silent", cause=str(fault)))
        return
    yield from _lags(health, now, is_served=patient.folder.holder() is not None)
    if n_users == 0:
        yield Finding("note", text("doctor.no_user"))
    if n_keys == 0:
        yield Finding("note", text("doctor.no_key"))


def _lags(health: Health, now: int, *, is_served: bool) -> Iterator[Finding]:
    """How far the log's readers and the loops are behind."""
    for consumer, offset in health.cursors.items():
        lag = health.head - offset
        state: State = "wrong" if is_served and lag > _LAG_NOTED else "ok"
        yield Finding(state, text("doctor.lag", consumer=consumer, n=lag))
    if not is_served:
        return
    if health.token_lateness > _LATE:
        late = health.token_lateness // SECOND
        yield Finding("wrong", text("doctor.tokens_late", seconds=late))
    for beat in health.beats:
        if beat.fault:
            yield Finding("wrong", text("doctor.loop_fails", loop=beat.loop, fault=beat.fault))
    if all(now - beat.at > _BEAT_OLD for beat in health.beats):
        yield Finding("wrong", text("doctor.no_worker"))


def _doors(patient: Patient) -> Iterator[Finding]:
    """No stranger can set off messages about orders with a key that every browser shows."""
    if not patient.database_url:
        return
    try:
        with join(patient.folder, patient.settings) as house, house.world.store.system() as tx:
            open_to = [
                (brand_id, slugs)
                for brand_id in sorted(tx.documents.brands())
                if (slugs := public_orders(tx, house.world, brand_id))
            ]
    except HuiliuError:
        return
    for brand_id, slugs in open_to:
        said = text("doctor.public_orders", brand=brand_id, journeys=", ".join(slugs))
        yield Finding("note", said)


def _packs(patient: Patient) -> Iterator[Finding]:
    """Rule packs were looked at in time, and block nothing that is live."""
    if not patient.database_url:
        return
    try:
        with join(patient.folder, patient.settings) as house:
            overdue, n_blocked = content_alerts(house.world, 1)
    except HuiliuError:
        return
    for pack in overdue:
        due = pack.review_due.isoformat()
        said = text("doctor.pack_overdue", pack=pack.slug, due=due, owner=pack.owner)
        yield Finding("wrong", said)
    if n_blocked:
        yield Finding("wrong", text("doctor.content_blocked", n=n_blocked))


def _accounts(patient: Patient) -> Iterator[Finding]:
    """Every channel that live documents may use has an account."""
    if not patient.database_url:
        return
    try:
        with join(patient.folder, patient.settings) as house:
            with house.world.store.transaction(1) as tx:
                accounts = tx.channels.accounts(1)
            names = sorted({one.channel for one in house.world.providers.values()} - {"webhook"})
    except HuiliuError:
        return
    paused = [account for account in accounts if account.paused]
    for account in paused:
        yield Finding("wrong", text("doctor.account_paused", channel=account.channel,
                                    name=account.name, cause=account.paused))  # fmt: skip
    for name in names:
        if all(account.channel != name for account in accounts):
            yield Finding("note", text("doctor.no_account", channel=name))


def _fonts(_patient: Patient) -> Iterator[Finding]:
    """A font with Chinese letters is there for screenshots and browsers on this machine."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
    known = ("cjk", "wqy", "sourcehan", "pingfang", "notosanssc")
    for folder in folders:
        for path in folder.rglob("*.[to]t[cf]"):
            if any(word in path.name.lower() for word in known):
                yield Finding("ok", text("doctor.fonts"))
                return
    yield Finding("note", text("doctor.no_fonts"))


def _is_free(host: str, port: int) -> bool:
    """Say whether a port can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


CHECKS: Final = (
    Check("key", _key),
    Check("disk", _disk),
    Check("zones", _zones),
    Check("running", _running),
    Check("database", _database),
    Check("work", _work),
    Check("doors", _doors),
    Check("packs", _packs),
    Check("accounts", _accounts),
    Check("fonts", _fonts),
)
