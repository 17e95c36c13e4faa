"""`huiliu why`: every decision about a person, from the event to the provider's answer."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.cli.why_told import why_lines
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.services.find_people import find_person
from huiliu.services.find_profile import PREFIX, find_profile
from huiliu.services.tell_why import why_json
from huiliu.services.why import Why, look_into, why_message

__all__ = ["why"]

_BRAND = 1


def why(  # noqa: PLR0913 - one option for each question
    profile: Annotated[str, Parameter(help=sentence("cli.why.profile"))] = "",
    /,
    *,
    by: Annotated[str, Parameter(help=sentence("cli.why.by"))] = "",
    message: Annotated[str, Parameter(help=sentence("cli.why.message"))] = "",
    at: Annotated[str, Parameter(help=sentence("cli.why.at"))] = "",
    journey: Annotated[str, Parameter(help=sentence("cli.why.journey"))] = "",
    verify: Annotated[
        bool, Parameter(name="--verify", negative="", help=sentence("cli.why.verify"))
    ] = False,
    values: Annotated[
        bool, Parameter(name="--values", negative="", help=sentence("cli.why.values"))
    ] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what was decided about a person and why: entry, steps, policy, attempts, receipts."""
    moment = as_instant(at) if at else None
    if at and moment is None:
        raise BadInput((Problem("--at", text("journeys.no_date", written=at)),))
    with open_instance(instance) as house:
        house.catch_up()
        found = _found(house.world, (profile, by, message), moment, journey)
    if json:
        emit(why_json(found, language(), values=values))
    else:
        for line in why_lines(found):
            say(line)
    if verify:
        _verify(found)


def _found(world: World, asked: tuple[str, str, str], at: int | None, journey: str) -> Why:
    """Return what was asked for; one of the three ways to ask must be given."""
    profile, by, message = asked
    if sum(map(bool, asked)) != 1:
        raise BadInput((Problem("profile", text("why.ask_one")),))
    if message:
        try:
            return why_message(world, _BRAND, bytes.fromhex(message))
        except ValueError as fault:
            raise NotFound("message", message) from fault
    # `email=li@shop.example`: the value is hashed as it was when it arrived.
    named = by.partition("=")[2] if "=" in by else profile or by
    person = find_person(world, _BRAND, named)
    if person is None:
        if profile.startswith(PREFIX):
            # Written like an id: one that cannot be any is a mistake, not an unknown person.
            find_profile(profile)
        raise NotFound("profile", profile or by.partition("=")[0])
    return look_into(world, _BRAND, person, at, journey)


def _verify(found: Why) -> None:
    """Raise Conflict where deciding again leads elsewhere than what is stored."""
    other = [
        run.run.journey
        for run in found.runs
        if run.decisions is not None and run.decisions.outcome == "other"
    ]
    if other:
        raise Conflict(", ".join(other), "the stored decisions", "others")
