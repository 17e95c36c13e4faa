"""What a form brought: how many saw it and filled it in, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Final

from huiliu.forms import Question
from huiliu.forms.questions import QUESTIONS, Goes
from huiliu.forms.questions.nps import DETRACTS_TO, MOST, PROMOTES_FROM
from huiliu.kernel.times import DAY, from_datetime
from huiliu.ports import Action
from huiliu.ports.world import World
from huiliu.reports.form_answers import (
    answers_to,
    choices_of,
    latest_words,
    read_answers,
    read_choices,
)
from huiliu.services.forms import OpenForm, open_form
from huiliu.statistics.proportions import difference

__all__ = ["AnswerBar", "FormResults", "Nps", "QuestionResult", "Words", "form_results", "words"]

_TOKEN: Final = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret
_MOST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class AnswerBar:
    """One answer and how often it was given."""

    value: str
    #: By language; empty = the value says it.
    label: Mapping[str, str]
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Nps:
    """The Net Promoter Score with its 95 % interval, each from -100 to 100."""

    score: float
    low: float
    high: float
    n_promoters: int
    n_passive: int
    n_detractors: int


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What was answered to one question."""

    question: Question
    #: How many answered it.
    n: int = 0
    bars: Sequence[AnswerBar] = ()
    mean: float | None = None
    nps: Nps | None = None


@dataclass(frozen=True, slots=True)
class FormResults:
    """What a form brought in some days."""

    opened: OpenForm
    days: int
    n_seen: int
    n_taken: int
    #: Place -> how often it was seen there.
    seen: Mapping[str, int]
    #: Why -> how often something was kept away.
    away: Mapping[str, int]
    #: Day since 1970-01-01 -> (seen, taken).
    by_day: Mapping[int, tuple[int, int]]
    questions: Sequence[QuestionResult] = field(default_factory=tuple)

    @property
    def completion(self) -> float | None:
        """Return the share of views that ended in a form filled in; None = nobody saw it."""
        return min(1.0, self.n_taken / self.n_seen) if self.n_seen else None


@dataclass(frozen=True, slots=True)
class Words:
    """Somebody's own words."""

    question: str
    profile_id: int
    at: int
    #: "" = they are gone with the person.
    said: str


def form_results(world: World, brand_id: int, slug: str, days: int = 30) -> FormResults:
    """Return what a form brought in the last days.

    Raises:
        NotFound: there is no such form in use.
        Unavailable: the warehouse is away.
    """
    opened = open_form(world, brand_id, slug)
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        counts = tx.forms.counts(brand_id, slug, now // DAY - days + 1)
    seen = _added(counts, "view.")
    taken = _added(counts, "taken")
    by_day: dict[int, tuple[int, int]] = {}
    for (day, what), n in counts.items():
        n_seen, n_taken = by_day.get(day, (0, 0))
        is_view = what.startswith("view.")
        by_day[day] = n_seen + n * is_view, n_taken + n * (what == "taken")
    return FormResults(
        opened, days, sum(seen.values()), sum(taken.values()), seen, _added(counts, "away."),
        by_day, _answers(world, brand_id, opened, now - days * DAY),
    )  # fmt: skip


def words(world: World, brand_id: int, slug: str, user_id: int, days: int = 30) -> Sequence[Words]:
    """Return the latest free words of a form's answers in the clear, and write down who looked.

    Raises:
        NotFound: there is no such form in use.
    """
    open_form(world, brand_id, slug)
    now = world.clock.now()
    tables = world.warehouse.population(brand_id)
    asked = latest_words(tables, slug, now - days * DAY, _MOST_WORDS)
    rows = world.warehouse.run(asked).to_pylist()
    tokens: dict[int, set[bytes]] = {}
    for row in rows:
        if token := _token(row["token"]):
            tokens.setdefault(row["profile_id"], set()).add(token)
    with world.store.transaction(brand_id) as tx:
        clear = tx.vault.reveal(brand_id, tokens)
        tx.console.record_action(Action(brand_id, now, user_id, "answers_revealed", slug))
    return [
        Words(
            row["question"], row["profile_id"],
            from_datetime(row["occurred_at"].replace(tzinfo=UTC)),
            clear.get((row["profile_id"], _token(row["token"])), ""),
        )
        for row in rows
    ]  # fmt: skip


def nps_of(counts: Mapping[str, int]) -> Nps | None:
    """Return the score of answers from 0 to 10; None = there is none.

    The interval is Newcombe's of the difference of two shares; they are of one group, so it is
    a little wider than it must be.
    """
    numbers = {int(value): n for value, n in counts.items() if value.isdigit()}
    n = sum(one for value, one in numbers.items() if value <= MOST)
    if not n:
        return None
    up = sum(one for value, one in numbers.items() if PROMOTES_FROM <= value <= MOST)
    down = sum(one for value, one in numbers.items() if value <= DETRACTS_TO)
    low, high = difference(up, n, down, n)
    return Nps(100 * (up - down) / n, 100 * low, 100 * high, up, n - up - down, down)


def _answers(world: World, brand_id: int, opened: OpenForm, since: int) -> Sequence[QuestionResult]:
    """Return what was answered to each question."""
    asked = [one for one in opened.form.questions if QUESTIONS[one.ask].goes is Goes.ANSWER]
    free = [one for one in opened.form.questions if QUESTIONS[one.ask].goes is Goes.FREE]
    if not asked and not free:
        return ()
    tables = world.warehouse.population(brand_id)
    slug = opened.form.slug
    counts = read_answers(world.warehouse.run(answers_to(tables, slug, since)))
    found = {}
    for one in asked:
        if one.ask == "multi":
            values = list(one.options)
            row = world.warehouse.run(choices_of(tables, slug, one.id, values, since))
            n, chosen = read_choices(row, values)
            found[one.id] = QuestionResult(one, n, _bars(one, chosen, n))
        else:
            found[one.id] = _single(one, counts.get(one.id, {}))
    for one in free:
        found[one.id] = QuestionResult(one, counts.get(one.id, {}).get("", 0))
    return [found[one.id] for one in opened.form.questions if one.id in found]


def _single(one: Question, counts: Mapping[str, int]) -> QuestionResult:
    """Return the result of a question with one answer."""
    n = sum(counts.values())
    if one.options:
        return QuestionResult(one, n, _bars(one, counts, n))
    least, most = one.settings.get("from", 0), one.settings.get("to", MOST)
    assert isinstance(least, int)
    assert isinstance(most, int)
    steps = {str(step): counts.get(str(step), 0) for step in range(least, most + 1)}
    total = sum(int(step) * n_step for step, n_step in steps.items())
    n_steps = sum(steps.values())
    bars = [AnswerBar(step, {}, k, k / n if n else 0.0) for step, k in steps.items()]
    mean = total / n_steps if n_steps else None
    return QuestionResult(one, n, bars, mean, nps_of(steps) if one.ask == "nps" else None)


def _bars(one: Question, counts: Mapping[str, int], n: int) -> list[AnswerBar]:
    """Return the options with their numbers; answers that are not offered any more come last."""
    values = [*one.options, *(value for value in counts if value not in one.options)]
    return [
        AnswerBar(
            value, one.options.get(value, {}), counts.get(value, 0),
            counts.get(value, 0) / n if n else 0.0,
        )
        for value in values
    ]  # fmt: skip


def _added(counts: Mapping[tuple[int, str], int], prefix: str) -> dict[str, int]:
    """Return what happened of a kind -> how often over all days."""
    found: dict[str, int] = {}
    for (_, what), n in counts.items():
        if what.startswith(prefix):
            name = what.removeprefix(prefix)
            found[name] = found.get(name, 0) + n
    return found


def _token(written: str) -> bytes:
    """Return the vault's token that stands in place of words."""
    try:
        return bytes.fromhex(written.removeprefix(_TOKEN))
    except ValueError:
        return b""
