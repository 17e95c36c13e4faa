"""`huiliu fakes`: an SMTP server, an SMSC and shops that behave like the real ones."""

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
    host: Annotated[str, Parameter(help=sentence("cli.fakes.host"))] = "127.0.0.1",
    json: Json = False,
) -> None:
    """Run all until stopped; print their ports first. `GET /report` at the control port counts."""
    smtp = SmtpSink(smtp_port, host=host, keep=False)
    smsc = SmscSink(smpp_port, host=host, keep=False)
    market = _market(shop or [], host, notices_to, shop_every)
    sinks: dict[str, Reporting] = {"smtp": smtp, "smpp": smsc, "market": market}
    control = Control(control_port, host=host, sinks=sinks)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        """End on the first signal."""
        del number, frame
        stopped.set()

    with smtp, smsc, market, control:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        ports = {"smtp": smtp.port, "smpp": smsc.port, "control": control.port}
        if json:
            shops = {one.name: {"port": one.port, "fields": one.config} for one in market.shops}
            emit({"host": host, **ports, **({"shops": shops} if shops else {})})
        else:
            say(text("fakes.ports", host=host, **ports))
            for one in market.shops:
                fields = " ".join(f"{name}={value}" for name, value in one.config.items())
                say(text("fakes.shop", platform=one.name, url=one.url, fields=fields))
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
