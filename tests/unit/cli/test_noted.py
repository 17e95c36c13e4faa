"""Every command that changes something is written down; none writes down whom it is about."""

from __future__ import annotations

import pytest
from cyclopts import App

from huiliu.cli import build
from huiliu.cli.noted import BY_NAME, CHANGES, SELF_TOLD, noted_subject

#: Last words of commands that only tell.
_TELLING = frozenset(
    {
        "check", "count", "diff", "explain", "fatigue", "figures", "forecast", "groups", "jobs",
        "lint", "list", "members", "people", "picture", "platforms", "poster", "preview", "price",
        "records", "report", "results", "reviews", "robots", "schedules", "show", "statement",
        "status", "try", "verify", "versions", "waiting", "what-if", "worth",
    }
)  # fmt: skip
#: Commands that change nothing of an instance, or begin one.
_ASKING = frozenset(
    {
        "ads account test", "ads controls", "ads transfers", "attribution", "bench",
        "channel credits", "clv", "consent settings", "coupon codes", "coupon redemptions",
        "decision delegations", "demo", "destination test", "doctor", "drill",
        "experiment analyse", "experiment plan", "experiment rehearse", "export", "fakes",
        "form link", "guard", "inapp box", "init", "journey backtest", "journey run",
        "journey test", "live curve", "message stopped", "message unknown", "notice test",
        "pack content", "pack overrides", "paths advice", "paths waits", "plan",
        "profile conflicts", "push key", "push tokens", "reward board", "reward exchanges", "rfm",
        "serve", "settings", "shop test", "sql", "tag compute", "why", "world draw",
    }
)  # fmt: skip


def commands(app: App, path: str = "") -> set[str]:
    """Return every command below one, as it is written."""
    found = set()
    for name in app:
        if name.startswith("-"):
            continue
        below, here = app[name], f"{path} {name}".strip()
        if below.default_command is not None:
            found.add(here)
        found |= commands(below, here)
    return found


def test_every_command_says_whether_it_is_written_down() -> None:
    """One table each; a new command that fits none fails here until somebody decides."""
    every, noted = commands(build()), [BY_NAME, CHANGES, SELF_TOLD]
    asking = {
        one for one in every - frozenset().union(*noted)
        if one in _ASKING or one.split()[-1] in _TELLING
    }  # fmt: skip

    assert every - asking == frozenset().union(*noted)
    assert sum(map(len, noted)) == len(frozenset().union(*noted))
    assert every >= _ASKING


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("channel add email main --host x", "channel add email"),
        ("wecom code end 7 --json", "wecom code end 7"),
        ("consent grant user_id:ada --channel sms", "consent grant"),
        ("list remove 邮箱ada@shop.example", "list remove"),
        ("list remove /home/ada/list.csv", "list remove"),
        ("import olist data", "import"),
        ("list list", ""),
        ("list import vip vip.csv --dry-run", ""),
        ("segment rollback vip 2 --dry-run=true", ""),
        ("key create --name x", ""),
        ("--help", ""),
        ("", ""),
    ],
)
def test_only_names_of_documents_stand_beside_a_command(words: str, subject: str) -> None:
    """What may be a person, a path or an address stays out."""
    assert noted_subject(words.split()) == subject
