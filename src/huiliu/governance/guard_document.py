"""The document `kind: guard`: what the channel guard watches, and what it does about a fall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from huiliu.governance.channel_guard import THRESHOLD, Mode
from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, as_duration

__all__ = ["KIND", "METRICS", "STEPS", "VISITS", "GuardDocument", "parse_guard", "parsed_guard"]

KIND: Final = "guard"
#: What happens to a message, in order; each is a part of the one before.
STEPS: Final = ("deliver", "open", "click", "cart", "pay")
#: Of the people who were there on a day, those who paid that day.
VISITS: Final = "visits"
#: What campaigns of ads lead to, as their platform counts.
ADS: Final = "ads"
METRICS: Final = (*STEPS, VISITS, ADS)
#: What is done about a fall: told, or paused.
_ACTS: Final = ("report", "pause")
_KNOWN: Final = frozenset({
    *HEADER, "mode", "then", "threshold", "every", "metrics", "channels", "campaigns", "least",
    "within", "wait", "ramp", "stage", "resume_after", "delivers", "segments", "tell",
})  # fmt: skip
_LONGEST: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class GuardDocument:
    """What is watched, and how; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    mode: Mode
    #: Whether what falls is paused; else it is only told.
    pauses: bool
    #: How far below what is usual something may be: 0.05 = a twentieth.
    threshold: float
    #: How often it is looked.
    every: int
    metrics: tuple[str, ...]
    #: () = all.
    channels: tuple[str, ...]
    #: Journeys and campaigns; () = all.
    campaigns: tuple[str, ...]
    #: With less than this to look at in a fall nothing is paused.
    least: int
    #: So long after a message what follows counts as led to by it.
    within: int
    #: So long a message waits for a pause to end, then it is not sent; 0 = it does not wait.
    wait: int
    #: Per cent of the people who get messages again, step by step.
    ramp: tuple[float, ...]
    #: No step of the ramp is shorter.
    stage: int
    #: After so long a pause the ramp begins by itself; 0 = somebody begins it.
    resume_after: int
    #: Channel where people buy -> channels of messages that bring them there.
    delivers: Mapping[str, tuple[str, ...]]
    #: Segments that the cause is looked for in.
    segments: tuple[str, ...]
    #: Departments that are told; () = those that the notice goes to.
    tell: tuple[str, ...]
    #: Canonical YAML.
    source: str


def parse_guard(source: str | bytes) -> GuardDocument | tuple[Problem, ...]:
    """Return the guard of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_KNOWN)
    mode = Mode(fields.choice("mode", tuple(Mode), Mode.STATISTICAL))
    # The sentence as it stands fires on healthy days too: it pauses only where somebody says so.
    then = fields.choice("then", _ACTS, "report" if mode is Mode.LITERAL else "pause")
    threshold = fields.number("threshold", 0.01, 0.9)
    least = fields.whole("least", 1, 10_000_000)
    found = GuardDocument(
        slug=header.slug if header else "",
        name=header.name if header else {},
        note=header.note if header else "",
        mode=mode,
        pauses=then == "pause",
        threshold=THRESHOLD if threshold is None else threshold,
        every=_length(fields, "every", HOUR, HOUR, 7 * DAY),
        metrics=fields.choices("metrics", METRICS) or (*STEPS, ADS),
        channels=fields.channels("channels"),
        campaigns=fields.slugs("campaigns"),
        least=500 if least is None else least,
        within=_length(fields, "within", 3 * DAY, HOUR, 14 * DAY),
        wait=_length(fields, "wait", 2 * DAY, 0, _LONGEST),
        ramp=_ramp(fields),
        stage=_length(fields, "stage", DAY, HOUR, 14 * DAY),
        resume_after=_length(fields, "resume_after", 0, 0, _LONGEST),
        delivers=_delivers(fields),
        segments=fields.slugs("segments"),
        tell=fields.choices("tell", DEPARTMENTS),
        source=dump(loaded.tree),
    )
    return tuple(fields.problems) if fields.problems or header is None else found


@lru_cache(maxsize=128)
def parsed_guard(source: str) -> GuardDocument:
    """Return the guard of a stored source; raise BadInput where it is understood no more."""
    found = parse_guard(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _length(fields: Fields, name: str, usual: int, least: int, most: int) -> int:
    """Return a length of time such as `36h`; the usual one where there is none."""
    written = fields.tree.get(name)
    if written is None:
        return usual
    found = as_duration(written) if isinstance(written, str) else None
    if found is None or not least <= found <= most:
        fields.wrong(name, "guard.want_length", least=least // HOUR, most=most // DAY)
        return usual
    return found


def _ramp(fields: Fields) -> tuple[float, ...]:
    """Return the steps of a ramp: rising, below 100."""
    written = fields.tree.get("ramp")
    if written is None:
        return (10.0, 50.0)
    steps = [float(one) for one in written
             if isinstance(one, int | float) and not isinstance(one, bool) and 0 < one < 100
             ] if isinstance(written, list) else []  # fmt: skip
    is_rising = all(one < other for one, other in pairwise(steps))
    if not isinstance(written, list) or not steps or len(steps) != len(written) or not is_rising:
        fields.wrong("ramp", "guard.want_ramp")
        return (10.0, 50.0)
    return tuple(steps)


def _delivers(fields: Fields) -> Mapping[str, tuple[str, ...]]:
    """Return `delivers: {app: [push, inapp]}`."""
    inner = fields.below("delivers")
    if inner is None:
        return {}
    return {str(name): inner.channels(str(name)) for name in inner.tree}
