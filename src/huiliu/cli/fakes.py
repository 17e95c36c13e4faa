"""`huiliu fakes`: providers and shops that behave like the real ones."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from huiliu.cli.language import sentence
from huiliu.cli.options import Json
from huiliu.cli.output import emit, progress, say
from huiliu.fakes import SmscSink, SmtpSink
from huiliu.fakes.control import Control, Reporting
from huiliu.fakes.providers import NAMES, Running
from huiliu.fakes.shops import FAKE_SHOPS
from huiliu.fakes.shops.market import Market
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.stores.clock import SystemClock

__all__ = ["fakes"]


def fakes(  # noqa: PLR0913 - each fake has its own port
    *,
    smtp_port: Annotated[int, Parameter(help=sentence("cli.fakes.smtp_port"))] = 0,
    smpp_port: Annotated[int, Parameter(help=sentence("cli.fakes.smpp_port"))] = 0,
    control_port: Annotated[int, Parameter(help=sentence("cli.fakes.control_port"))] = 0,
    shop: Annotated[
        list[str] | None, Parameter(name="--shop", help=sentence("cli.fakes.shop"))
    ] = None,
    notices_to: Annotated[str, Parameter(help=sentence("cli.fakes.notices_to"))] = "",
    shop_every: Annotated[float, Parameter(help=sentence("cli.fakes.shop_every"))] = 0.0,
    provider: Annotated[
        list[str] | None, Parameter(name="--provider", help=sentence("cli.fakes.provider"))
    ] = None,
    push: Annotated[
        list[str] | None, Parameter(name="--push", help=sentence("cli.fakes.push"))
    ] = None,
    host: Annotated[str, Parameter(help=sentence("cli.fakes.host"))] = "127.0.0.1",
    json: Json = False,
) -> None:
    """Run all until stopped; print their ports first. `GET /report` at the control port counts."""
    smtp = SmtpSink(smtp_port, host=host, keep=False)
    smsc = SmscSink(smpp_port, host=host, keep=False)
    market = _market(shop or [], host, notices_to, shop_every)
    clouds = _clouds(provider or [], push or [], host)
    sinks: dict[str, Reporting] = {
        "smtp": smtp, "smpp": smsc, "market": market, "providers": clouds,
    }  # fmt: skip
    control = Control(control_port, host=host, sinks=sinks)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        """End on the first signal."""
        del number, frame
        stopped.set()

    with smtp, smsc, market, clouds, control:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        ports = {"smtp": smtp.port, "smpp": smsc.port, "control": control.port}
        if json:
            shops = {one.name: {"port": one.port, "fields": one.config} for one in market.shops}
            more = {"shops": shops, "providers": clouds.fields}
            emit({"host": host, **ports, **{name: found for name, found in more.items() if found}})
        else:
            say(text("fakes.ports", host=host, **ports))
            for one in market.shops:
                fields = " ".join(f"{name}={value}" for name, value in one.config.items())
                say(text("fakes.shop", platform=one.name, url=one.url, fields=fields))
            for name, config in clouds.fields.items():
                fields = " ".join(f"{field}={value}" for field, value in config.items())
                say(text("fakes.provider", name=name, fields=fields))
        stopped.wait()
        progress(text("fakes.report", report=str(control.report())))


def _market(names: list[str], host: str, notices_to: str, every_s: float) -> Market:
    """Return the fake shops that were asked for; raise BadInput for one that there is not."""
    known = ", ".join(FAKE_SHOPS)
    unknown = [
        Problem("shop", text("shops.unknown", name=name, known=known))
        for name in names
        if name not in FAKE_SHOPS
    ]
    if unknown:
        raise BadInput(tuple(unknown))
    clock = SystemClock()
    shops = [FAKE_SHOPS[name](host=host, now=clock.now) for name in names]
    return Market(shops, notices_to, every_s=every_s)


def _clouds(wanted: list[str], pushes: list[str], host: str) -> Running:
    """Return the fake providers that were asked for; raise BadInput with all that is wrong."""
    problems: list[Problem] = []
    ports: dict[str, int] = {}
    for one in wanted:
        name, _, port = one.partition(":")
        if name not in NAMES:
            said = text("channels.unknown_provider", name=name, names=", ".join(sorted(NAMES)))
            problems.append(Problem("provider", said))
        elif port and not (port.isascii() and port.isdecimal() and int(port) < 65_536):
            problems.append(Problem("provider", text("fakes.bad_port", written=one)))
        else:
            ports[name] = int(port or 0)
    places: dict[str, str] = {}
    for one in pushes:
        name, _, url = one.partition("=")
        if name not in ports or not url.startswith(("http://", "https://")):
            problems.append(Problem("push", text("fakes.bad_push", written=one)))
        places[name] = url
    if problems:
        raise BadInput(tuple(problems))
    return Running(ports, places, host, SystemClock().now)
