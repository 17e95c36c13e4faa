"""`huiliu serve`: the whole instance in one command, or one role of it on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from threading import Event, Thread
from typing import Annotated, Literal, TypeAlias

import structlog
from cyclopts import Parameter

from huiliu.bootstrap import House, defer_collection, join
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance
from huiliu.cli.output import progress
from huiliu.kernel.errors import BadSetting
from huiliu.kernel.texts import text
from huiliu.roles import analyst, mail, worker
from huiliu.roles.logs import configure_logs
from huiliu.roles.supervisor import supervise
from huiliu.roles.web import WebServer, web_address
from huiliu.services.set_up import setup_token
from huiliu.settings import Settings, load
from huiliu.stores.instance import Folder
from huiliu.web.app import create_app

__all__ = ["serve"]

Role: TypeAlias = Literal["web", "worker", "analyst", "mail"]

log = structlog.get_logger()


def serve(
    *,
    host: Annotated[str | None, Parameter(help=sentence("cli.serve.host"))] = None,
    port: Annotated[int | None, Parameter(help=sentence("cli.serve.port"))] = None,
    role: Annotated[Role | None, Parameter(help=sentence("cli.serve.role"))] = None,
    supervised: Annotated[bool, Parameter(show=False, negative="")] = False,
    instance: Instance = HERE,
) -> None:
    """Run the instance until SIGTERM or Ctrl-C; `supervised`, also until standard input closes."""
    folder = Folder(instance)
    folder.require()
    settings = _with_address(load(instance), host, port)
    configure_logs(settings.log_level, role or "supervisor")
    os.umask(0o077)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if role is None:
        supervise(folder, settings, stop, lambda chosen: _greet(folder, chosen))
        return
    if supervised:
        Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    with ExitStack() as stack:
        mark = stack.enter_context(folder.held(role, lock=f"role-{role}", wait_s=10))
        house = stack.enter_context(join(folder, settings))
        _run(role, house, stop, lambda: mark.write(ready=True))


def _with_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    """Return the settings with the address that the command line names."""
    if port is not None and not 0 <= port < 65536:
        raise BadSetting("port", str(port), text("setting.no_port"))
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )


def _run(role: Role, house: House, stop: Event, on_ready: Callable[[], None]) -> None:
    """Run one role until the stop."""
    match role:
        case "worker":
            worker.run(house, stop, on_ready)
        case "analyst":
            analyst.run(house, stop, on_ready)
        case "mail":
            mail.run(house, stop, on_ready)
        case _:
            _run_web(house, stop, on_ready)


def _run_web(house: House, stop: Event, on_ready: Callable[[], None]) -> None:
    """Serve the API and the console until the stop."""
    app = create_app(house.world, house.settings)
    server = WebServer(app, house.settings.host, house.settings.port)
    # A request makes thousands of rows and hardly a circle.
    defer_collection()
    server.start()
    log.info("web_started", address=server.address)
    on_ready()
    while server.is_alive() and not stop.wait(0.2):
        pass
    server.stop()
    log.info("web_stopped")


def _greet(folder: Folder, settings: Settings) -> None:
    """Say where the console is, and how the first person gets in."""
    address = settings.public_url or web_address(settings.host, settings.port)
    progress(text("serve.ready", address=address))
    with join(folder, settings) as house:
        with house.world.store.system() as tx:
            n_users = tx.accounts.n_users()
        if n_users == 0:
            progress(
                text(
                    "serve.first_run", link=f"{address}/first-run?token={setup_token(house.world)}"
                )
            )


def _stop_at_end_of_input(stop: Event) -> None:
    """Stop when the supervisor is gone: however it died, its end of our input closes."""
    # Not through sys.stdin: its lock would be held by this thread when the interpreter ends.
    while os.read(0, 4096):
        pass
    stop.set()
