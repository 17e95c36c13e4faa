"""Texts that people labelled, good and bad, held against the packs of laws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from huiliu.governance.packs import Checker, Content, disproved, guess_content, shipped_packs

TEXTS = Path(__file__).parent / "texts"
LAWS = ("cn-advertising-law", "cn-sms", "us-messaging", "eu-eprivacy")


def labelled(slug: str) -> Iterator[tuple[bool, str]]:
    """Yield (is bad, text), and each text once more as somebody would hide or frame it."""
    is_bad = False
    for line in (TEXTS / f"{slug}.txt").read_text("utf-8").splitlines():
        if line in {"# bad", "# good"}:
            is_bad = line == "# bad"
            continue
        text = line.replace("\\n", "\n")
        yield is_bad, text
        yield is_bad, framed(slug, text)
        yield is_bad, f"{text}\n"


def framed(slug: str, text: str) -> str:
    """Return a text as it would stand among other words."""
    if slug == "cn-advertising-law":
        return f"【汇流】您好，{text}。拒收请回复R"
    # Full width, as a Chinese keyboard types punctuation, says the same.
    return text.replace(",", "，") if slug == "cn-sms" else text.replace("  ", " ").upper()


@pytest.mark.parametrize("slug", LAWS)
def test_what_is_bad_is_blocked_and_what_is_good_is_not(slug: str) -> None:
    """Every one of three hundred texts or more is judged as people judged it."""
    pack = shipped_packs()[slug]
    checker = Checker([pack])
    wrong, n_texts = [], 0
    for is_bad, text in labelled(slug):
        n_texts += 1
        content = guess_content(Content({"text": text}), pack)
        found = [one for one in checker.check(content, only=slug) if one.blocks]
        if bool(found) != is_bad:
            wrong.append((is_bad, text, [(one.rule.name, one.quote) for one in found]))

    assert n_texts >= 300
    assert wrong == []


@pytest.mark.parametrize("slug", sorted(shipped_packs()))
def test_the_examples_of_every_rule_hold(slug: str) -> None:
    """Each pack judges the examples beside its rules as they are written."""
    assert disproved(shipped_packs()[slug]) == ()


@pytest.mark.parametrize("slug", sorted(shipped_packs()))
def test_every_pack_has_sources_a_keeper_and_both_languages(slug: str) -> None:
    """Nobody has to guess what is wrong, who says so, and who answers for it."""
    pack = shipped_packs()[slug]

    assert pack.owner
    assert pack.review_due > pack.reviewed
    assert set(pack.name) == {"zh-CN", "en"}
    for rule in pack.rules:
        assert set(rule.says) == {"zh-CN", "en"}, rule.name
        assert rule.source in pack.sources
