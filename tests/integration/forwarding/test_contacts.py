"""Contacts come in by the map that ours go out by, and never go round in circles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import visitor
from tests.integration.forwarding.receiving import connect, forward_all, reaching, said
from tests.integration.outbox import someone
from tests.integration.people import BRAND, log, project_all

from huiliu.fakes.receiver import Receiver
from huiliu.forwarding.signing import signed_headers
from huiliu.kernel.errors import BadInput, Unauthorised
from huiliu.kernel.events import Kind
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.world import World
from huiliu.services.crm_contacts import import_contacts, take_contacts, take_signed
from huiliu.services.show_profile import reveal_profile
from huiliu.stores.clock import SimulatedClock

FIELDS = {
    "id": "id", "ext": "identifier:user_id", "mail": "trait:email", "first": "trait:name",
    "city": "trait:city", "news": "consent:email", "rfm": "tag:rfm",
}  # fmt: skip


@pytest.fixture
def shop(world: World) -> Iterator[World]:
    """Give a brand that may call this machine."""
    with reaching(world) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a tool that takes everything."""
    with Receiver() as started:
        yield started


def connected(world: World, receiver: Receiver) -> DestinationRow:
    """Set a destination up whose map names no tag, as there is no warehouse."""
    fields = {theirs: ours for theirs, ours in FIELDS.items() if not ours.startswith("tag:")}
    return connect(world, receiver, fields=fields, sends=["profiles", "consents"])


def take(world: World, row: DestinationRow, *contacts: Any, message: str = "m1") -> Any:
    """Take contacts of one message and project what they became."""
    numbered = [(f"contacts[{at}]", 0, one) for at, one in enumerate(contacts)]
    taken = take_contacts(world, row, numbered, message)
    project_all(world)
    return taken


def test_a_new_contact_becomes_a_person_with_a_consent(shop: World, receiver: Receiver):
    """Ordinary events: the values in the vault, the consent in the ledger."""
    row = connected(shop, receiver)
    taken = take(shop, row, {"ext": "c-1", "mail": "Ada@Shop.example", "first": "Ada",
                             "city": "Paris", "news": "yes", "owner": "Bob"})  # fmt: skip

    assert (taken.n_changed, taken.n_same, taken.problems, taken.ignored) == (1, 0, [], ["owner"])
    with shop.store.system() as tx:
        events = tx.log.read(0, 0, 10)
        (person,) = tx.people.recent(BRAND, 10)
    assert [(one.name, one.kind) for one in events] == [
        ("$identify", Kind.IDENTIFY), ("Consent Granted", Kind.TRACK),
    ]  # fmt: skip
    assert b"Ada" not in b"".join(one.body for one in events)
    seen = reveal_profile(shop, BRAND, person.profile_id, 0)
    assert {one.name: one.value for one in seen.traits if one.name in {"name", "city"}} == {
        "name": "Ada", "city": "Paris",
    }  # fmt: skip
    assert seen.consents[("email", "marketing")] == "granted"


def test_what_came_in_does_not_go_back_and_what_went_out_is_no_news(
    shop: World, receiver: Receiver
):
    """Both echoes end here; another destination is told."""
    row = connected(shop, receiver)
    with Receiver() as other:
        connect(shop, other, name="other", fields=dict(row.settings.fields), sends=["profiles"])
        take(shop, row, {"ext": "c-1", "first": "Ada", "city": "Paris", "news": "no"})
        forward_all(shop)
        to_other = said(other)
    assert said(receiver) == []
    assert [one["data"]["fields"]["first"] for one in to_other] == ["Ada"]
    ada = someone(shop, "Eve", city="Rome", email="eve@shop.example")
    forward_all(shop)
    (sent,) = [one for one in said(receiver) if one["type"] == "profile.created"]
    assert parse_profile_id(sent["data"]["fields"]["id"]) == ada

    back = take(shop, row, sent["data"]["fields"], message="m2")

    assert (back.n_changed, back.n_same, back.problems) == (0, 1, [])


def test_an_echo_of_an_older_value_does_not_undo_a_newer_one(
    shop: World, receiver: Receiver, clock: SimulatedClock
):
    """What was sent a moment ago and comes back late is known; long after it is somebody's word."""
    row = connected(shop, receiver)
    ada = someone(shop, "Ada", city="Rome", email="ada@shop.example")
    forward_all(shop)
    first = said(receiver)[0]["data"]["fields"]
    with shop.store.system() as tx:
        names = tuple(one for one, _ in tx.people.identifiers(BRAND, [ada])[ada])
    clock.set(clock.now() + MINUTE)
    log(shop, moved(names, "Oslo", clock.now()))
    forward_all(shop)
    assert said(receiver)[-1]["data"]["fields"]["city"] == "Oslo"

    late = take(shop, row, first, message="m2")
    clock.set(clock.now() + HOUR)
    log(shop, moved(names, "Kyiv", clock.now()))
    forward_all(shop)
    meant = take(shop, row, first, message="m3")

    assert (late.n_changed, late.n_same) == (0, 1)
    assert meant.n_changed == 1
    assert city(shop, ada) == "Rome"


def moved(names: Any, city: str, at: int) -> Any:
    """Return the event of somebody who moved to another city."""
    from tests.integration.outbox import _event

    return _event(names, None, "$identify", Kind.IDENTIFY, at, {"traits": {"city": city}})


def city(world: World, profile_id: int) -> object:
    """Return where a person lives."""
    with world.store.system() as tx:
        return tx.people.profiles(BRAND, [profile_id])[profile_id].traits["city"][0]


def test_the_same_message_again_changes_nothing(shop: World, receiver: Receiver):
    """Even before the first was projected."""
    row = connected(shop, receiver)
    for _ in range(2):
        take_contacts(shop, row, [("", 0, {"ext": "c-1", "city": "Paris", "news": True})], "m1")

    with shop.store.system() as tx:
        assert tx.log.head() == 2


def test_everything_wrong_with_contacts_is_told_and_the_rest_is_taken(
    shop: World, receiver: Receiver
):
    """With the place of each."""
    row = connected(shop, receiver)
    taken = take(shop, row, "x", {"city": "Paris"}, {"ext": "c-1", "news": "maybe"},
                 {"id": "p_000000000000x", "city": "Rome"}, {"mail": "no address"})  # fmt: skip

    assert [one.path for one in taken.problems] == [
        "contacts[0]", "contacts[1]", "contacts[2].news", "contacts[4]", "contacts[3]",
    ]  # fmt: skip
    assert taken.n_changed == 1


def test_a_file_of_contacts_is_taken_line_by_line(shop: World, receiver: Receiver):
    """Again it changes nothing."""
    connected(shop, receiver)
    data = b"ext,first,city,news\nc-1,Ada,Paris,granted\n,Bob,Rome,\nc-3,Eve,,withdrawn\n"

    first = import_contacts(shop, BRAND, "crm", data)
    project_all(shop)
    again = import_contacts(shop, BRAND, "crm", data)

    assert (first.n_changed, [one.line for one in first.problems]) == (2, [3])
    assert (again.n_changed, again.n_same) == (0, 2)


def test_only_the_secret_opens_the_door(
    shop: World, receiver: Receiver, clock: SimulatedClock, tmp_path: Path
):
    """Forged, altered, old or for another destination: nothing is taken."""
    row = connected(shop, receiver)
    body = json.dumps({"contacts": [{"ext": "c-1", "city": "Paris"}]}).encode()
    good = signed_headers(row.settings.secrets, "in-1", clock.now() // SECOND, body)

    for name, headers, sent in (
        ("crm", {}, body), ("crm", good, body + b" "), ("none", good, body),
        ("crm", good | {"webhook-timestamp": "1"}, body),
    ):  # fmt: skip
        with pytest.raises(Unauthorised):
            take_signed(shop, name, headers, sent)
    bad = signed_headers(row.settings.secrets, "in-2", clock.now() // SECOND, b"[]")
    with pytest.raises(BadInput):
        take_signed(shop, "crm", bad, b"[]")
    client = visitor(shop, tmp_path)
    taken = client.post("/v1/crm/crm/contacts", content=body, headers=good)
    refused = client.post("/v1/crm/crm/contacts", content=body, headers={"webhook-id": "x"})

    assert taken.status_code == 200
    assert taken.json() == {"changed": 1, "same": 0, "ignored_fields": [], "problems": []}
    assert refused.status_code == 401
