"""Which servers may send for a domain (SPF, RFC 7208): what is wrong with its record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.texts import Text, text

__all__ = ["SpfFault", "spf_faults", "spf_records"]

#: Source: RFC 7208 section 4.6.4.
_MOST_LOOKUPS: Final = 10
_ASKING: Final = frozenset({"a", "mx", "ptr", "exists", "include", "redirect"})
_KNOWN: Final = _ASKING | {"all", "ip4", "ip6", "exp"}
_DEEPEST: Final = 10
_EXAMPLE: Final = "v=spf1 mx include:<your relay> ~all"


@dataclass(frozen=True, slots=True)
class SpfFault:
    """One thing that is wrong with a record."""

    said: Text
    #: Receivers will not accept it as it is; else it only weakens it.
    is_fatal: bool
    #: The record that would put it right; "" where that takes more than a record.
    wanted: str = ""


@dataclass(slots=True)
class _Walk:
    """Counts what receivers will have to ask."""

    n_lookups: int = 0
    faults: list[SpfFault] | None = None


def spf_records(texts: Sequence[str]) -> list[str]:
    """Return those TXT records that are SPF."""
    return [one for one in texts if one.lower() == "v=spf1" or one.lower().startswith("v=spf1 ")]


def spf_faults(texts: Sequence[str], look_up: Callable[[str], Sequence[str]]) -> list[SpfFault]:
    """Return all that is wrong with a domain's record; empty where it can be relied on.

    Args:
        texts: the domain's TXT records.
        look_up: name -> TXT records, asked for what the record includes.
    """
    found = spf_records(texts)
    if not found:
        return [SpfFault(text("domains.spf_missing"), is_fatal=True, wanted=_EXAMPLE)]
    if len(found) > 1:
        return [SpfFault(text("domains.spf_several", n=len(found)), is_fatal=True)]
    walk = _Walk(faults=[])
    _follow(found[0], look_up, walk, 0)
    faults = list(walk.faults or ())
    if walk.n_lookups > _MOST_LOOKUPS:
        said = text("domains.spf_lookups", n=walk.n_lookups, most=_MOST_LOOKUPS)
        faults.append(SpfFault(said, is_fatal=True))
    return [*faults, *_ending(found[0])]


def _ending(record: str) -> list[SpfFault]:
    """Return what is wrong with how a record ends: what it says of all other servers."""
    terms = record.lower().split()[1:]
    everyone = next((term for term in terms if term.lstrip("+-~?") == "all"), "")
    rest = [term for term in record.split() if term.lower() != everyone]
    wanted = " ".join([*rest, "~all"])
    if everyone in {"all", "+all"}:
        return [SpfFault(text("domains.spf_everyone"), is_fatal=True, wanted=wanted)]
    is_elsewhere = any(term.startswith("redirect=") for term in terms)
    if everyone == "?all" or (not everyone and not is_elsewhere):
        return [SpfFault(text("domains.spf_open"), is_fatal=False, wanted=wanted)]
    return []


def _follow(record: str, look_up: Callable[[str], Sequence[str]], walk: _Walk, depth: int) -> None:
    """Count a record's lookups and those of what it includes."""
    assert walk.faults is not None
    for term in record.split()[1:]:
        bare = term.lstrip("+-~?")
        name, _, target = bare.replace("=", ":", 1).partition(":")
        kind = name.partition("/")[0].lower()
        if kind not in _KNOWN:
            if "=" not in bare:
                said = text("domains.spf_unknown", term=term[:60])
                walk.faults.append(SpfFault(said, is_fatal=True))
            continue
        if kind not in _ASKING:
            continue
        walk.n_lookups += 1
        if kind not in {"include", "redirect"} or "%" in target:
            continue
        if depth >= _DEEPEST or walk.n_lookups > 2 * _MOST_LOOKUPS:
            return
        inner = spf_records(look_up(target))
        if len(inner) != 1:
            said = text("domains.spf_include", name=target[:100])
            walk.faults.append(SpfFault(said, is_fatal=True))
            continue
        _follow(inner[0], look_up, walk, depth + 1)
