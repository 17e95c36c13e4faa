"""`huiliu fakes`: an SMTP server and an SMSC that take everything and count it."""

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
from huiliu.fakes.control import Control
from huiliu.kernel.texts import text

__all__ = ["fakes"]


def fakes(
    *,
    smtp_port: Annotated[int, Parameter(help=sentence("cli.fakes.smtp_port"))] = 0,
    smpp_port: Annotated[int, Parameter(help=sentence("cli.fakes.smpp_port"))] = 0,
    control_port: Annotated[int, Parameter(help=sentence("cli.fakes.control_port"))] = 0,
    host: Annotated[str, Parameter(help=sentence("cli.fakes.host"))] = "127.0.0.1",
    json: Json = False,
) -> None:
    """Run both until stopped; print their ports first. `GET /report` at the control port counts."""
    smtp = SmtpSink(smtp_port, host=host, keep=False)
    smsc = SmscSink(smpp_port, host=host, keep=False)
    control = Control(control_port, host=host, sinks={"smtp": smtp, "smpp": smsc})
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        """End on the first signal."""
        del number, frame
        stopped.set()

    with smtp, smsc, control:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        ports = {"smtp": smtp.port, "smpp": smsc.port, "control": control.port}
        if json:
            emit({"host": host, **ports})
        else:
            say(text("fakes.ports", host=host, **ports))
        stopped.wait()
        progress(text("fakes.report", report=str(control.report())))
