"""Compares what happened with what was expected, and says in words what differs and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from huiliu.journeys.cases.case import Case, Mark
from huiliu.journeys.cases.play import Played
from huiliu.journeys.explain import explain
from huiliu.journeys.journey import Journey
from huiliu.journeys.nodes import Call, Open, Plan
from huiliu.journeys.virtual import Made
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import local_datetime

__all__ = ["Failure", "Told", "judge", "tell"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was expected and is not so."""

    path: str
    text: Text


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, in words."""

    at: str
    node: str
    text: Text


def judge(case: Case, played: Played, slug: str) -> list[Failure]:
    """Return everything that is not as expected; nothing = the case holds."""
    failures = [Failure(path, said) for path, said in played.problems]
    failures += _Judging(case, played, slug).failures()
    return failures


def tell(case: Case, played: Played, journey: Journey) -> list[Told]:
    """Return what the journey's runs did, and what became of their messages, in order."""
    zone = case.given.zone
    told: list[tuple[int, Told]] = []

    def add(at: int, node: str, said: Text) -> None:
        told.append((at, Told(_show(at, zone), node, said)))

    for story in played.stories(journey.slug):
        for made in story.decisions:
            add(made.at, made.node, explain(journey, made.node, made.what, made.details))
        for message in story.messages:
            node = message.message.node
            for at, until, reason in message.holds:
                add(at, node, text("cases.told.held", until=_show(until, zone), why=_why(reason)))
            if message.sent_at:
                add(message.sent_at, node, text("cases.told.sent", **_named(message)))
            elif message.reason:
                why = _why(message.reason)
                add(message.ended_at, node, text("cases.told.not_sent", why=why, **_named(message)))
    for (_, reason), n in sorted(played.telling.refused.items()):
        add(case.given.at, "-", text("cases.told.not_entered", why=_refused(reason), n=n))
    return [one for _, one in sorted(told, key=lambda pair: pair[0])]


class _Judging:
    """One case's comparison."""

    def __init__(self, case: Case, played: Played, slug: str) -> None:
        """Hold both sides."""
        self._case = case
        self._expected = case.expected
        self._played = played
        self._stories = played.stories(slug)
        self._slug = slug
        self._zone = case.given.zone
        self._made = sorted(
            (made for story in self._stories for made in story.messages),
            key=lambda made: made.sent_at or made.at,
        )
        self._sent = [made for made in self._made if made.sent_at]

    def failures(self) -> Iterator[Failure]:
        """Yield what differs."""
        yield from self._exactly()
        yield from self._marks()
        yield from self._runs()
        yield from self._passed()
        yield from self._effects()
        yield from self._values()

    def _path(self, key: str) -> str:
        """Return where an expectation stands."""
        return f"{self._case.path}.then.{key}"

    def _exactly(self) -> Iterator[Failure]:
        """Compare all messages that were sent, in order."""
        wanted = self._expected.messages
        if wanted is None:
            return
        fits = len(wanted) == len(self._sent) and all(
            self._fits(mark, made) for mark, made in zip(wanted, self._sent, strict=True)
        )
        if not fits:
            said = text(
                "cases.failed.messages",
                expected=_list([self._mark(mark) for mark in wanted]),
                found=_list([self._message(made) for made in self._made]),
            )
            yield Failure(self._path("messages"), said)

    def _marks(self) -> Iterator[Failure]:
        """Compare single messages: sent, never sent, put off."""
        for mark in self._expected.sent:
            if not any(self._fits(mark, made) for made in self._sent):
                yield self._missing("cases.failed.sent", mark)
        for mark in self._expected.not_sent:
            about = [made for made in self._made if self._is_about(mark, made)]
            if mark.reason is None:
                if any(made.sent_at for made in about):
                    yield self._missing("cases.failed.was_sent", mark)
            elif not any(made.reason == mark.reason for made in about):
                yield self._missing("cases.failed.not_sent", mark)
        for mark in self._expected.shifted:
            about = [made for made in self._made if self._is_about(mark, made)]
            if not any(
                mark.reason in {None, reason} and mark.until in {None, until}
                for made in about
                for _, until, reason in made.holds
            ):
                yield self._missing("cases.failed.shifted", mark)

    def _runs(self) -> Iterator[Failure]:
        """Compare how many runs began, where the last stands and how it ended."""
        expected = self._expected
        n = len(self._stories)
        if expected.runs is not None and n != expected.runs:
            yield Failure(self._path("runs"), text("cases.failed.runs", want=expected.runs, n=n))
        if expected.stands is None and expected.ended is None:
            return
        if not self._stories:
            yield Failure(self._path("runs"), text("cases.failed.no_run"))
            return
        run = self._stories[-1].run
        where = run.token.node if run.token else "-"
        if expected.stands is not None and where != expected.stands:
            said = text(
                "cases.failed.stands", want=expected.stands, found=where, end=run.reason or "-"
            )
            yield Failure(self._path("stands"), said)
        ended = "goal" if run.state == "goal" else run.reason
        if expected.ended is not None and expected.ended not in {ended, run.reason}:
            said = text("cases.failed.ended", want=expected.ended, found=ended or "-", node=where)
            yield Failure(self._path("ended"), said)
        if expected.ended_at is not None and run.ended_at != expected.ended_at:
            said = text(
                "cases.failed.ended_at",
                want=_show(expected.ended_at, self._zone),
                found=_show(run.ended_at, self._zone) if run.ended_at else "-",
            )
            yield Failure(self._path("ended"), said)

    def _passed(self) -> Iterator[Failure]:
        """Compare the nodes that runs passed."""
        passed = {made.node for story in self._stories for made in story.decisions}
        passed |= {story.run.token.node for story in self._stories if story.run.token}
        for node in self._expected.visited:
            if node not in passed:
                yield Failure(self._path("visited"), text("cases.failed.visited", node=node))
        for node in self._expected.not_visited:
            if node in passed:
                said = text("cases.failed.not_visited", node=node)
                yield Failure(self._path("not_visited"), said)

    def _effects(self) -> Iterator[Failure]:
        """Compare events that were emitted, webhooks called, tasks opened."""
        for mark in self._expected.emitted:
            if not any(
                mark.event in {None, name}
                and mark.at in {None, at}
                and mark.properties.items() <= dict(properties).items()
                for at, name, properties in self._played.telling.heard
            ):
                yield self._missing("cases.failed.emitted", mark)
        for kind, names, key in (
            (Call, self._expected.called, "called"),
            (Open | Plan, self._expected.tasks, "tasks"),
        ):  # fmt: skip
            found = {
                caused.node
                for story in self._stories
                for _, caused in story.effects
                if isinstance(caused.effect, kind)
            }
            for node in names:
                if node not in found:
                    yield Failure(self._path(key), text(f"cases.failed.{key}", node=node))

    def _values(self) -> Iterator[Failure]:
        """Compare traits and what is carried."""
        carried: Mapping[str, Value] = {}
        if self._stories and self._stories[-1].run.carried:
            carried = msgspec.json.decode(self._stories[-1].run.carried)
        for key, wanted, found in (
            ("traits", self._expected.traits, self._played.person.traits),
            ("carried", self._expected.carried, carried),
        ):
            for name, value in wanted.items():
                if found.get(name) != value:
                    said = text(
                        f"cases.failed.{key}", name=name, want=_json(value),
                        found=_json(found.get(name)),
                    )  # fmt: skip
                    yield Failure(self._path(key), said)

    def _is_about(self, mark: Mark, made: Made) -> bool:
        """Say whether an expectation is about a message."""
        message = made.message
        return (
            mark.template in {None, message.queue.template}
            and mark.channel in {None, message.channel}
            and mark.node in {None, message.node}
        )

    def _fits(self, mark: Mark, made: Made) -> bool:
        """Say whether a message that was sent is the expected one."""
        return self._is_about(mark, made) and mark.at in {None, made.sent_at}

    def _missing(self, key: str, mark: Mark) -> Failure:
        """Return that nothing fits an expectation, with what there was."""
        found = [self._message(made) for made in self._made]
        if mark.event is not None:
            found = [name for _, name, _ in self._played.telling.heard]
        said = text(key, expected=self._mark(mark), found=_list(found))
        return Failure(mark.path, said)

    def _mark(self, mark: Mark) -> str:
        """Return an expectation as its author wrote it."""
        parts = [
            f"{name}: {value}"
            for name in ("event", "template", "channel", "node", "reason")
            if (value := getattr(mark, name)) is not None
        ]
        parts += [
            f"{name}: {_show(value, self._zone)}"
            for name in ("at", "until")
            if (value := getattr(mark, name)) is not None
        ]
        if mark.properties:
            parts.append(_json(dict(mark.properties)))
        return "{" + ", ".join(parts) + "}"

    def _message(self, made: Made) -> str:
        """Return what became of a message, in the words of an expectation."""
        message = made.message
        parts = [f"template: {message.queue.template}", f"channel: {message.channel}",
                 f"node: {message.node}"]  # fmt: skip
        if made.sent_at:
            parts.append(f"at: {_show(made.sent_at, self._zone)}")
        elif made.reason:
            parts.append(f"not_sent: {made.reason}")
        elif made.holds:
            _, until, reason = made.holds[-1]
            parts += [f"shifted: {reason}", f"until: {_show(until, self._zone)}"]
        return "{" + ", ".join(parts) + "}"


def _list(found: Sequence[str]) -> str | Text:
    """Return things one after the other."""
    return "; ".join(found) if found else text("cases.nothing")


def _named(made: Made) -> dict[str, object]:
    """Return what a sentence about a message names."""
    return {"template": made.message.queue.template, "channel": made.message.channel}


def _why(reason: str) -> Text:
    """Return the sentence of a reason code."""
    return text(f"reason.{reason}")


def _refused(reason: str) -> Text:
    """Return why an event began no run."""
    return text(f"journeys.not_entered.{reason}")


def _json(value: Value) -> str:
    """Return a value as it is written."""
    return msgspec.json.encode(value).decode()


def _show(instant: int, zone: str) -> str:
    """Return a local time as documents write it; seconds only where there are some."""
    here = local_datetime(instant, zone)
    rounded = "minutes" if not here.second and not here.microsecond else "auto"
    return here.replace(tzinfo=None).isoformat(timespec=rounded)
