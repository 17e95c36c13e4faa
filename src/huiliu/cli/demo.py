"""`huiliu demo`: a virtual brand lives for weeks through a real instance, then you look at it."""

from __future__ import annotations

import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from huiliu.bootstrap import House, make_instance, open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.demo_stage import LiveStage, mail_answer, phone_answer
from huiliu.cli.language import language, sentence
from huiliu.cli.options import Instance, Json
from huiliu.cli.output import bar, emit, progress, say, table
from huiliu.cli.serve import serve
from huiliu.fakes import SmscSink, SmtpSink
from huiliu.kernel.errors import BadInput, Conflict, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, show_instant
from huiliu.roles.web import WebServer
from huiliu.services.add_user import NewUser, add_user
from huiliu.services.apply_tag import shipped
from huiliu.services.channel_accounts import add_account
from huiliu.services.create_key import create_key
from huiliu.services.demo import BRAND, Summary, live_through, summarise
from huiliu.services.demo_rewards import give_rewards
from huiliu.services.demo_worth import begin_worth, end_worth
from huiliu.services.publish import publish_all, publish_tags
from huiliu.services.read_offers import Offer
from huiliu.services.refresh_tags import refresh_tags
from huiliu.settings import FILE_NAME, load
from huiliu.simulator import MODEL, VirtualBrand
from huiliu.simulator.people import SHOP_OFFSET
from huiliu.simulator.world import parse_world
from huiliu.stores.clock import SimulatedClock, SystemClock
from huiliu.stores.instance import Folder
from huiliu.web.app import create_app

__all__ = ["demo"]

_FOLDER: Final = Path("huiliu-demo")
#: Says that a folder was made by a demo, so the next one may make it anew.
_MARK: Final = "demo.json"
_ADMIN: Final = "admin@huiliu.example"
_MOST_PEOPLE: Final = 10_000_000
_MOST_DAYS: Final = 730
_SWITCH_S: Final = 0.0005


def demo(  # noqa: PLR0913 - the options of one command
    *,
    people: Annotated[int, Parameter(help=sentence("cli.demo.people"))] = 20_000,
    days: Annotated[int, Parameter(help=sentence("cli.demo.days"))] = 90,
    seed: Annotated[int, Parameter(help=sentence("cli.demo.seed"))] = 7,
    world: Annotated[Path | None, Parameter(help=sentence("cli.demo.world"))] = None,
    no_serve: Annotated[bool, Parameter(negative="", help=sentence("cli.demo.no_serve"))] = False,
    instance: Instance = _FOLDER,
    json: Json = False,
) -> None:
    """Make an instance, let a virtual brand live in it, and leave its console running."""
    _check(people, days)
    model = MODEL if world is None else parse_world(read_file(world)).people
    # Sinks, server and worker are threads of one process that wait for each other all the time.
    sys.setswitchinterval(_SWITCH_S)
    began = time.monotonic()
    _make(instance)
    password = secrets.token_urlsafe(9)
    with ExitStack() as stack:
        mail = stack.enter_context(SmtpSink(answer=mail_answer))
        phones = stack.enter_context(SmscSink(answer=phone_answer))
        address = _configure(instance, fixed_port=not no_serve)
        ends_at = _last_midnight()
        clock = SimulatedClock(ends_at - days * DAY)
        with open_instance(instance, clock, durable=False) as house:
            _furnish(house, mail, phones, password)
            brand = VirtualBrand(people, days, seed, clock.now(), model)
            summary = _live(house, clock, brand, (mail, phones), people)
        seconds = round(time.monotonic() - began, 1)
        _tell(summary, seconds, as_json=json)
        if not no_serve:
            progress(text("demo.ready", address=address, email=_ADMIN, password=password))
            serve(instance=instance)


def _check(people: int, days: int) -> None:
    """Raise BadInput for a world that cannot be."""
    problems = [
        Problem(name, text("demo.size", most=most))
        for name, value, most in (("--people", people, _MOST_PEOPLE), ("--days", days, _MOST_DAYS))
        if not 1 <= value <= most
    ]
    if problems:
        raise BadInput(tuple(problems))


def _make(root: Path) -> None:
    """Make the instance; one that an earlier demo made goes first.

    Raises:
        BadInput: the folder holds something that no demo made.
        Conflict: the earlier demo is still running.
    """
    folder = Folder(root)
    if (folder.data / _MARK).is_file():
        holder = folder.holder()
        if holder is not None:
            raise Conflict(str(root), "nobody in it", f"{holder.what}, pid {holder.pid}")
        progress(text("demo.anew", folder=str(root)))
        shutil.rmtree(root)
    made = make_instance(root)
    (made.data / _MARK).write_bytes(msgspec.json.encode({"made_by": "huiliu demo"}))


def _configure(root: Path, *, fixed_port: bool) -> str:
    """Write the settings of a demo and return where its console will be."""
    port = _port(load(root).port if fixed_port else 0)
    with (root / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write(f'\nport = {port}\noutbound_hosts = "127.0.0.1"\nlocale = "{language()}"\n')
    return f"http://127.0.0.1:{port}"


def _port(wanted: int) -> int:
    """Return the wanted port, or any free one where it is taken."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_midnight() -> int:
    """Return when yesterday ended on the shop's clock."""
    now = SystemClock().now()
    return (now + SHOP_OFFSET) // DAY * DAY - SHOP_OFFSET


def _furnish(house: House, mail: SmtpSink, phones: SmscSink, password: str) -> None:
    """Give the instance its channels, documents and administrator."""
    world = house.world
    shop = "汇流小店 <hello@shop.example>"
    here = "127.0.0.1"
    add_account(
        world, BRAND, "email", "demo",
        {"host": here, "port": str(mail.port), "from": shop, "tls": "none"},
    )  # fmt: skip
    add_account(
        world, BRAND, "sms", "demo",
        {"host": here, "port": str(phones.port), "system_id": "demo", "password": "demo",
         "source": "10690000"},
    )  # fmt: skip
    add_user(world, BRAND, NewUser(_ADMIN, "Demo", password, "admin", language()))
    publish_all(world, BRAND, [Offer(source) for source in _documents()], "demo")
    begin_worth(world, BRAND)


def _documents() -> Iterator[str]:
    """Yield the demo's documents."""
    folder = files("huiliu.simulator") / "documents"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.startswith(("segment", "template", "journey", "reward", "worth")):
            yield file.read_text("utf-8")


def _live(
    house: House,
    clock: SimulatedClock,
    brand: VirtualBrand,
    sinks: tuple[SmtpSink, SmscSink],
    n_people: int,
) -> Summary:
    """Let the brand live through the instance's own doors and return what came of it."""
    mail, phones = sinks
    _, key = create_key(house.world, BRAND, "demo", "collect")
    with _served(house) as address, bar() as shown:
        stage = LiveStage(house.world, clock, address, key, sinks)
        task = shown.add_task(sentence("demo.living"), total=brand.ends_at - brand.starts_at)
        n_events = live_through(
            house.world, brand, stage,
            lambda now: shown.update(
                task, completed=now - brand.starts_at,
                description=f"{sentence('demo.living')} {show_instant(now + SHOP_OFFSET)[:10]}",
            ),
        )  # fmt: skip
        stage.close()
    house.catch_up()
    progress(text("demo.rewards"))
    give_rewards(house.world, BRAND)
    house.catch_up()
    end_worth(house.world, BRAND, brand.starts_at, brand.spend)
    progress(text("demo.tags"))
    publish_tags(house.world, BRAND, list(shipped(house.world, BRAND).values()), "demo")
    refresh_tags(house.world, BRAND)
    n_duplicates = _count(mail, "duplicates") + _count(phones, "duplicates")
    return summarise(house.world, brand, n_people, n_events, n_duplicates)


@contextmanager
def _served(house: House) -> Iterator[str]:
    """Serve the instance's API and console in this process while the block runs."""
    server = WebServer(create_app(house.world, house.settings), "127.0.0.1", house.settings.port)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def _count(sink: SmtpSink | SmscSink, name: str) -> int:
    """Return a count of a sink's report."""
    return int(str(sink.report()[name]))


def _tell(summary: Summary, seconds: float, *, as_json: bool) -> None:
    """Print what the demo did."""
    if as_json:
        emit({**asdict(summary), "seconds": seconds})
        return
    say(text("demo.done"))
    rows: list[tuple[object, object]] = []
    for name, value in (*asdict(summary).items(), ("seconds", seconds)):
        if isinstance(value, dict):
            rows += [
                (f"{sentence(f'demo.{name}')}: {inner}", count) for inner, count in value.items()
            ]
        else:
            rows.append((sentence(f"demo.{name}"), value))
    table((text("demo.what"), text("demo.count")), rows)
