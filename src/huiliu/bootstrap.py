"""The one place where parts are wired: Settings -> World.

`open_instance` is how a command meets an instance: it joins a running `serve`, or runs PostgreSQL
and the warehouse itself for as long as it lasts.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, cast

from huiliu.channels import make_grounds, make_providers
from huiliu.channels.http import HttpOutbound
from huiliu.channels.names import DnsResolver
from huiliu.channels.outbound import HostRule
from huiliu.channels.tokens import FORCERS, MINTERS, SharedTokens
from huiliu.kernel.errors import BadInput, Conflict, Problem, Unavailable
from huiliu.kernel.events import EventNames
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.messages.policy import rules_from
from huiliu.payments import Desk, make_payments
from huiliu.ports.clock import Clock
from huiliu.ports.vault import Secrets
from huiliu.ports.warehouse import Warehouse
from huiliu.ports.world import Tracking, World
from huiliu.printers.export_folder import ExportFolder
from huiliu.printers.media_folder import MediaFolder
from huiliu.printers.paper_folder import PaperFolder
from huiliu.printers.white_paper import Printer
from huiliu.services.callbacks import callback_url
from huiliu.services.inapp_cards import StoredCards
from huiliu.services.project import project
from huiliu.settings import FILE_NAME, Settings, load, sample
from huiliu.sources import SOURCES
from huiliu.sources.shops import PLATFORMS
from huiliu.stores.clock import SystemClock
from huiliu.stores.embedded import find, start
from huiliu.stores.instance import Folder
from huiliu.stores.migrate import claim_database, ensure_partitions, migrate
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import create
from huiliu.stores.secrets import load as load_secrets
from huiliu.warehouses.client import SocketWarehouse
from huiliu.warehouses.copying import copy_facts
from huiliu.warehouses.engines import Owned, Place, engine_of

__all__ = [
    "ENDED_WELL",
    "House",
    "build_world",
    "copy_warehouse",
    "defer_collection",
    "join",
    "make_instance",
    "open_instance",
    "open_warehouse",
]

#: What a command does with the instance that it opened when its work there ended well.
ENDED_WELL: Final[ContextVar[Callable[[World], None] | None]] = ContextVar(
    "ended_well", default=None
)
#: How long a command waits for another one that holds the instance, or for a starting `serve`.
_PATIENCE_S = 60.0
#: How often it looks.
_LOOK_S = 0.02
#: Events that a command projects in one transaction while it catches up.
_BATCH = 5_000
#: Objects that may be made before Python looks for circles among them, and how often it looks
#: further back.
_COLLECT_AFTER = (50_000, 20, 20)


def defer_collection() -> None:
    """Let Python look for circles of garbage rarely, and never among what stands at the start.

    A worker makes tens of thousands of rows a second and hardly a circle: all but those are freed
    at once without looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


@dataclass(frozen=True, slots=True)
class House:
    """An open instance: its settings, its world, and who does its work."""

    folder: Folder
    settings: Settings
    world: World
    store: PostgresStore
    #: The database, for those who open more connections of their own.
    database_url: str
    #: True when a running `serve` does the work; False when this process does it itself.
    attached: bool

    def catch_up(self, timeout_s: float = 600.0) -> None:
        """Return when profiles and warehouse have seen all that the log held at the call.

        Raises:
            Unavailable: the worker or the analyst did not get there in time.
        """
        if self.attached:
            _await_projector(self.world, timeout_s)
        else:
            while project(self.world, _BATCH):
                pass
        deadline = time.monotonic() + min(timeout_s, _PATIENCE_S)
        while True:
            try:
                return self.world.warehouse.catch_up(timeout_s)
            except Unavailable:
                # The analyst of a `serve` that has just begun is the last to be there.
                if not self.attached or time.monotonic() > deadline:
                    raise
                time.sleep(_LOOK_S * 10)


def make_instance(root: Path) -> Folder:
    """Return a new instance's folder: config file, key of mode 0600, data folder.

    Raises:
        BadInput: the folder holds something already, or cannot be written.
    """
    folder = Folder(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise BadInput((Problem(str(root), text("init.not_empty")),))
        folder.data.mkdir(mode=0o700)
        create(folder.key)
        (root / FILE_NAME).write_text(sample(), "utf-8")
    except OSError as fault:
        problem = Problem(str(root), text("init.cannot_write", cause=cause_of(fault)))
        raise BadInput((problem,)) from fault
    return folder


@contextmanager
def open_instance(
    path: Path, clock: Clock | None = None, *, durable: bool = True
) -> Iterator[House]:
    """Open an instance for one command and put everything back when its block ends.

    Without `durable` commits of this process do not wait for the disk; only a demo asks for it.

    Raises:
        NotFound: the folder is no instance.
        Conflict: another command holds it and does not end.
        BadSetting: a setting cannot be used.
        Unavailable: PostgreSQL does not start or answer.
    """
    folder = Folder(path)
    folder.require()
    settings = load(path)
    with ExitStack() as stack:
        if not _is_served(folder):
            try:
                stack.enter_context(folder.held("command", wait_s=_PATIENCE_S))
            except Conflict:
                # A `serve` may have begun since we looked: then it is joined.
                if not _is_served(folder):
                    raise
            else:
                house = stack.enter_context(_run(folder, settings, clock, durable=durable))
                yield house
                _ended_well(house)
                return
        house = stack.enter_context(join(folder, settings, clock))
        yield house
        _ended_well(house)


def _ended_well(house: House) -> None:
    """Let the command line write down what was done."""
    if (told := ENDED_WELL.get()) is not None:
        told(house.world)


@contextmanager
def join(folder: Folder, settings: Settings, clock: Clock | None = None) -> Iterator[House]:
    """Open an instance whose PostgreSQL and analyst are run by others.

    Raises:
        Unavailable: there is no PostgreSQL to be found.
    """
    url = settings.database_url or find(folder.postgres)
    if url is None:
        raise Unavailable("PostgreSQL", str(folder.postgres))
    with ExitStack() as stack:
        clock = clock or SystemClock()
        secrets = load_secrets(folder.key)
        store = PostgresStore(url, secrets, clock)
        stack.callback(store.close)
        warehouse = SocketWarehouse(folder.data, engine_of(settings.warehouse))
        stack.callback(warehouse.close)
        world = build_world(settings, store, secrets, clock, warehouse)
        stack.callback(_close_channels, world)
        yield House(folder, settings, world, store, url, attached=True)


@contextmanager
def _run(
    folder: Folder, settings: Settings, clock: Clock | None, *, durable: bool
) -> Iterator[House]:
    """Open an instance that this process holds alone: it starts and stops everything."""
    with ExitStack() as stack:
        clock = clock or SystemClock()
        url = settings.database_url
        if not url:
            postgres = start(folder.postgres)
            stack.callback(postgres.stop)
            url = postgres.url
        secrets = load_secrets(folder.key)
        prepare_database(url, secrets, clock)
        store = PostgresStore(url, secrets, clock, durable=durable)
        stack.callback(store.close)
        warehouse = stack.enter_context(open_warehouse(folder, settings, store))
        world = build_world(settings, store, secrets, clock, warehouse)
        stack.callback(_close_channels, world)
        yield House(folder, settings, world, store, url, attached=False)


def open_warehouse(
    folder: Folder, settings: Settings, store: PostgresStore, address: str = ""
) -> AbstractContextManager[Owned]:
    """Lend the instance's warehouse to the process that owns it; another one by its address.

    Raises:
        BadSetting: the engine is not installed.
    """
    place = Place(
        address=address or settings.warehouse,
        file=folder.warehouse,
        folder=Path(settings.warehouse_folder) if settings.warehouse_folder else folder.facts,
        scratch=folder.data / "spark",
        memory=settings.duckdb_memory,
        options=dict(one.split("=", 1) for one in settings.spark_options.split()),
    )
    return engine_of(place.address).open(place, store)


def copy_warehouse(house: House, address: str) -> Mapping[str, int]:
    """Copy the instance's facts to another engine; return the rows of each view.

    Raises:
        Conflict: a running `serve` owns the warehouse, or the copy is not the same.
        BadSetting: there is no such engine.
    """
    if house.attached:
        raise Conflict("warehouse", "no serve", "a running serve")
    # Who is not attached owns it.
    source = cast("Owned", house.world.warehouse)
    with open_warehouse(house.folder, house.settings, house.store, address) as target:
        return copy_facts(source, target)


def prepare_database(url: str, secrets: Secrets, clock: Clock) -> None:
    """Bring the database to this program's schema, for the instance that its key says it is of.

    Raises:
        BadSetting: the database belongs to an instance with another key.
        Unavailable: PostgreSQL does not answer.
    """
    migrate(url)
    claim_database(url, secrets.sign(b"instance", "mark"))
    ensure_partitions(url, clock.now())


def build_world(
    settings: Settings,
    store: PostgresStore,
    secrets: Secrets,
    clock: Clock,
    warehouse: Warehouse,
) -> World:
    """Return the world of an instance: its stores and every provider and source of the tables."""
    outbound = HttpOutbound(HostRule.parse(settings.outbound_hosts))
    public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
    names = DnsResolver(settings.dns_servers)
    tokens = SharedTokens(store, outbound, clock, MINTERS, FORCERS)
    official, wecom = make_grounds(clock, settings.outbound_hosts, outbound, tokens)
    return World(
        clock=clock,
        store=store,
        secrets=secrets,
        warehouse=warehouse,
        providers=make_providers(
            clock,
            settings.outbound_hosts,
            outbound,
            tokens,
            names,
            partial(callback_url, secrets, public_url),
            StoredCards(store, secrets, settings.zone),
        ),
        sources=SOURCES,
        shops=PLATFORMS,
        public_url=public_url,
        zone=settings.zone,
        policy=rules_from(settings.frequency_cap, settings.quiet_start, settings.quiet_end),
        tracking=Tracking(settings.track_links, settings.track_opens, settings.short_url),
        outbound=outbound,
        names=names,
        mail_host=settings.mail_host,
        exports=ExportFolder(_exports(settings)),
        media=MediaFolder(Folder(settings.instance).data / "media"),
        press=Printer(),
        archive=PaperFolder(Folder(settings.instance).data / "white-papers"),
        public_events_refused=_refused(settings),
        official=official,
        wecom=wecom,
        payments=make_payments(Desk(clock, outbound, secrets, public_url)),
    )


def _refused(settings: Settings) -> EventNames | None:
    """Return the events that public keys may not send, or None where they may send all."""
    written = settings.public_events_refused
    return EventNames.parse(written) if written else None


def _exports(settings: Settings) -> Path:
    """Return the folder that files for other tools are written into."""
    named = settings.export_folder
    return Path(named) if named else Folder(settings.instance).data / "exports"


def _is_served(folder: Folder) -> bool:
    """Say whether a `serve` runs the instance; one that is starting is waited for.

    Raises:
        Unavailable: a `serve` holds the instance but does not become ready.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        holder = folder.holder()
        if holder is None or holder.what == "command":
            return False
        if holder.ready:
            return True
        if time.monotonic() >= deadline:
            raise Unavailable("huiliu serve", f"pid {holder.pid} is not ready")
        time.sleep(_LOOK_S)


def _await_projector(world: World, timeout_s: float) -> None:
    """Return when the projector has passed what the log's end was at the call."""
    deadline = time.monotonic() + timeout_s
    with world.store.system() as tx:
        head = tx.log.head()
    while True:
        with world.store.system() as tx:
            reached = tx.log.peek_cursor("projector")
        if reached >= head:
            return
        if time.monotonic() >= deadline:
            raise Unavailable("worker", f"projector at {reached} of {head}")
        time.sleep(_LOOK_S)


def _close_channels(world: World) -> None:
    """Let go of every provider's connections and of those by HTTP."""
    for provider in world.providers.values():
        provider.close()
    world.outbound.close()
