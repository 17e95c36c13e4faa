"""`huiliu push`: what push tokens there are, and keys for browsers' push."""

from __future__ import annotations

from cyclopts import App

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.texts import text
from huiliu.services.push_tokens import make_vapid_keys, push_tokens, tokens_as_data

__all__ = ["app"]

_BRAND = 1

app = App(name="push", help=sentence("cli.push.help"))


@app.command(help=sentence("cli.push.tokens.help"))
def tokens(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the push tokens by app, platform, maker and age."""
    with open_instance(instance) as house:
        found = push_tokens(house.world, _BRAND)
    if json:
        emit(tokens_as_data(found))
        return
    words = (
        "app",
        "platform",
        "vendor",
        "provider",
        "live",
        "seen_30",
        "seen_90",
        "older",
        "ended",
    )
    table([text(f"push.{word}") for word in words], (
        (
            one.app or "-", one.platform or "-", one.vendor or "-", one.provider or "-", one.live,
            one.seen_30, one.seen_90, one.older, one.ended_30,
        )
        for one in found.groups
    ))  # fmt: skip
    for reason, n in found.reasons.items():
        say(text("push.ended_because", reason=reason, n=n))
    for app_name in found.orphaned:
        say(text("push.orphaned", app=app_name or "-"))


@app.command(help=sentence("cli.push.key.help"))
def key(*, json: Json = False) -> None:
    """Print a new pair of keys for browsers' push; nothing is stored."""
    private, public = make_vapid_keys()
    if json:
        emit({"private": private, "public": public})
    else:
        say(text("push.keys", private=private, public=public))
