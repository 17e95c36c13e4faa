"""How the command line tells of a rehearsal: as JSON, or in words."""

from __future__ import annotations

from huiliu.cli.language import sentence
from huiliu.cli.output import say, table
from huiliu.journeys import Journey
from huiliu.journeys.explain import explain, explain_refusal
from huiliu.journeys.virtual import Run, Story
from huiliu.kernel.ids import ProfileId, show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.services.rehearse import Rehearsing

__all__ = ["as_json", "say_rehearsed"]


def as_json(journey: Journey, done: Rehearsing, *, with_runs: bool) -> dict[str, object]:
    """Return a rehearsal as JSON."""
    messages = sorted(
        (made.at, nth, index, made.message)
        for nth, story in enumerate(done.runs)
        for index, made in enumerate(story.messages)
    )
    found: dict[str, object] = {
        "journey": journey.slug,
        "entered": len(done.runs),
        "messages": [
            {
                "key": _key(sent.run),
                "template": sent.queue.template,
                "at": show_instant(at),
                "node": sent.node,
                "profile_id": show_profile_id(ProfileId(sent.run.profile_id)),
            }
            for at, _, _, sent in messages
        ],
        "exits": done.exits,
        "active": done.n_active,
        "not_entered": dict(done.refused),
        "events": done.n_events,
    }
    if with_runs:
        found["runs"] = [_run(journey, story) for story in done.runs]
    return found


def _run(journey: Journey, story: Story) -> dict[str, object]:
    """Return one rehearsed run with its decisions, each in words."""
    run = story.run
    return {
        "key": _key(run),
        "profile_id": show_profile_id(ProfileId(run.profile_id)),
        "entered_at": show_instant(run.entered_at),
        "state": run.state,
        "reason": run.reason,
        "ended_at": show_instant(run.ended_at) if run.ended_at else None,
        "waits": _waits(run),
        "messages": len(story.messages),
        "decisions": [
            {
                "at": show_instant(made.at),
                "node": made.node,
                "what": made.what,
                "why": sentence(explain(journey, made.node, made.what, made.details)),
            }
            for made in story.decisions
        ],
    }


def _waits(run: Run) -> dict[str, str] | None:
    """Return where a run that is not over stands, and until when."""
    if run.token is None:
        return None
    return {"node": run.token.node, "until": show_instant(run.token.due_at)}


def _key(run: Run) -> str:
    """Return what tells a run apart: its key, or its person where there is none."""
    return run.key or show_profile_id(ProfileId(run.profile_id))


def say_rehearsed(journey: Journey, done: Rehearsing, *, with_runs: bool) -> None:
    """Print a rehearsal in words."""
    n_messages = sum(len(story.messages) for story in done.runs)
    say(text("journeys.rehearsed", entered=len(done.runs), messages=n_messages,
             active=done.n_active))  # fmt: skip
    headings = (text("journeys.reason"), text("journeys.runs"))
    table(headings, done.exits.items())
    for reason, n_refused in done.refused.items():
        say(text("journeys.not_entered", why=explain_refusal(reason), n=n_refused))
    for story in done.runs if with_runs else ():
        run = story.run
        say(f"\n{_key(run)}")
        for made in story.decisions:
            why = sentence(explain(journey, made.node, made.what, made.details))
            say(f"  {show_instant(made.at)}  {made.node}  {why}")
        if run.token is not None:
            said = text("journeys.waits", until=show_instant(run.token.due_at))
            say(f"  {show_instant(run.token.due_at)}  {run.token.node}  {sentence(said)}")
