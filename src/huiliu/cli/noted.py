"""Which commands stand in the activity log: every one that changes something, once it has ended.

A command is in one of three tables; a test holds them to the command line. What a service writes
down by itself, with more than the command's name, is not written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

__all__ = ["BY_NAME", "CHANGES", "SELF_TOLD", "noted_subject", "noting"]

_BRAND: Final = 1
#: Whoever can open the instance's folder.
_OPERATOR: Final = 0
#: What is written down beside the command: a document's name or a row's number, nothing longer.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: Tells what a command would change, and changes nothing.
_PREVIEW: Final = "--dry-run"


def _paths(verb: str, words: str) -> frozenset[str]:
    """Return the commands of a verb."""
    return frozenset(f"{verb} {word}" for word in words.split())


#: Commands that change what their first word names: a document, an account, a number of a row.
BY_NAME: Final = frozenset().union(
    _paths("ads", "sync"),
    _paths("card", "remove"),
    _paths("channel", "add test resume remove"),
    _paths("code", "end"),
    _paths("content", "change move attach result"),
    _paths("coupon", "make import export issue pause resume remove"),
    _paths("domain", "add warm-up sign rotate remove"),
    _paths("experiment", "start stop roll-out"),
    _paths("form", "remove"),
    _paths("group", "set remove"),
    _paths("guard", "look resume override"),
    _paths("holdout", "release remove"),
    _paths("journey", "rollback pause resume stop"),
    _paths("list", "import export remove"),
    _paths("live", "build result remove"),
    _paths("message", "settle resume"),
    _paths("pack", "review on off disallow"),
    _paths("points", "close"),
    _paths("post", "approve refuse withdraw"),
    _paths("promotion", "pause resume remove"),
    _paths("referral", "remove"),
    _paths("region", "end"),
    _paths("reward", "remove"),
    _paths("rollout", "look hold resume set remove"),
    _paths("segment", "rollback remove"),
    _paths("shop", "connect map poll pause resume remove"),
    _paths("tag", "remove"),
    _paths("target", "remove"),
    _paths("template", "test"),
    _paths("tier", "recount remove"),
    _paths("wechat code", "end"),
    _paths("wecom code", "end"),
)

#: Commands that change something; their words may be files, or name people, and stay out.
CHANGES: Final = frozenset().union(
    {"apply", "import"},
    _paths("ads", "conversions spend"),
    _paths("ads audience", "apply"),
    _paths("brief", "apply"),
    _paths("card", "apply"),
    _paths("code", "add scan"),
    _paths("code barcode", "put drop"),
    _paths("consent", "grant withdraw apply"),
    _paths("content", "plan import"),
    _paths("conversation", "answer note assign set settle"),
    _paths("cost", "apply import"),
    _paths("coupon", "apply roll-back"),
    _paths("destination", "contacts"),
    _paths("experiment", "apply"),
    _paths("form", "apply"),
    _paths("holdout", "apply"),
    _paths("inapp", "withdraw token"),
    _paths("interview", "note"),
    _paths("journey", "apply library"),
    _paths("live", "apply"),
    _paths("pack", "apply allow"),
    _paths("points", "apply earn burn refund transfer adjust"),
    _paths("policy", "apply"),
    _paths("post", "link sweep"),
    _paths("product", "import refresh"),
    _paths("profile", "unmerge"),
    _paths("promotion", "apply"),
    _paths("referral", "apply again accept refuse"),
    _paths("region", "add"),
    _paths("report", "white-paper"),
    _paths("reward", "apply exchange sent cancel"),
    _paths("rollout", "apply"),
    _paths("segment", "apply"),
    _paths("suppression", "add import export remove"),
    _paths("tag", "apply refresh"),
    _paths("target", "apply"),
    _paths("template", "apply"),
    _paths("tier", "apply"),
    _paths("warehouse", "rebuild copy"),
    _paths("wechat article", "draft publish"),
    _paths("wechat code", "add save renew"),
    _paths("wechat link", "add end"),
    _paths("wechat menu", "publish remove"),
    _paths("wecom", "remind cancel ask"),
    _paths("wecom code", "add"),
)

#: Commands whose services write down what was done.
SELF_TOLD: Final = frozenset().union(
    _paths("ads", "pause resume budget"),
    _paths("ads account", "add pause resume remove"),
    _paths("ads audience", "remove"),
    _paths("decision", "approve reject withdraw delegate revoke"),
    _paths("destination", "apply pause resume replay retry discard remove"),
    _paths("key", "create revoke"),
    _paths("notice", "robot remove"),
    _paths("user", "add department"),
)


def noted_subject(words: Sequence[str]) -> str:
    """Return what is written down of a command's words; "" = it changes nothing, or tells itself.

    Only a document's name or a number follows the command: a word may be a person's.
    """
    if any(word.partition("=")[0] == _PREVIEW for word in words):
        return ""
    for n in (3, 2, 1):
        path = " ".join(words[:n])
        if len(words) < n:
            continue
        if path in BY_NAME:
            first = words[n] if len(words) > n else ""
            return f"{path} {first}" if _NAME.fullmatch(first) else path
        if path in CHANGES:
            return path
    return ""


@contextmanager
def noting(subject: str) -> Iterator[None]:
    """Let what is done within stand in the activity log of the instance that it opens."""
    if not subject:
        yield
        return
    # Half a second of imports that `--help` and most questions do without.
    from huiliu.bootstrap import ENDED_WELL  # noqa: PLC0415
    from huiliu.services.list_actions import record_action  # noqa: PLC0415

    before = ENDED_WELL.set(
        lambda world: record_action(world, _BRAND, _OPERATOR, "command", subject)
    )
    try:
        yield
    finally:
        ENDED_WELL.reset(before)
