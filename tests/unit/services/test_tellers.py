"""Who may tell what: Huiliu's own events are told by Huiliu, and by the part that makes them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import huiliu
from huiliu.catalogue.changes import BACK_IN_STOCK, PRICE_CHANGED, STOCK_CHANGED
from huiliu.kernel.events import NEVER_EMITTED, OWN_EVENTS, EventNames
from huiliu.services.calls import parse_calls
from huiliu.services.journey_events import ANSWERED, CALLED, ENDED, TASK_DONE
from huiliu.services.lists import ENTERED, LEFT
from huiliu.services.prepare import Preparer
from huiliu.services.tell_regions import CLEARED_EVENT, DISRUPTED_EVENT
from huiliu.services.tellers import ANYBODY, Teller
from huiliu.stores.secrets import InstanceSecrets

ROOT = Path(huiliu.__file__).parent
#: Events that Huiliu tells and that others may tell as well: what they say is theirs to say.
COMMON = {"Consent Granted", "Consent Withdrawn", "Experiment Viewed"}


def written_names() -> Iterator[str]:
    """Yield the names that services and nodes write where they make an event of Huiliu's own."""
    for path in (*ROOT.glob("services/*.py"), *ROOT.glob("journeys/nodes/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in {"internal_event", "_events", "Emit", "_event"}:
                for given in (*node.args, *(word.value for word in node.keywords)):
                    for part in ast.walk(given):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value


def test_every_event_that_huiliu_tells_is_in_the_table() -> None:
    """A service that tells something new has to say who else may tell it."""
    told = {name for name in written_names() if name.istitle() and " " in name}
    told |= {PRICE_CHANGED, STOCK_CHANGED, BACK_IN_STOCK, DISRUPTED_EVENT, CLEARED_EVENT}
    told |= {ANSWERED, CALLED, ENDED, TASK_DONE, ENTERED, LEFT}

    assert {"Message Replied", "Address Suppressed", "Tag Set", "Task Opened"} <= told
    assert told - COMMON <= OWN_EVENTS
    assert NEVER_EMITTED == OWN_EVENTS | COMMON


@pytest.mark.parametrize(
    "name",
    ["Price Changed", "Stock Changed", "Back In Stock", "Order Region Disrupted",
     "Order Region Cleared", "Message Opened", "Message Clicked", "Message Replied",
     "Address Suppressed", "Address Restored", "Journey Ended"],
)  # fmt: skip
def test_what_huiliu_tells_nobody_else_can(name: str) -> None:
    """Whatever key they hold; the part of Huiliu that makes an event may, and no other one."""
    call, _ = parse_calls(json.dumps({"batch": [
        {"type": "track", "event": name, "userId": "lin", "messageId": "m"}
    ]}).encode())  # fmt: skip
    preparer = Preparer(InstanceSecrets(bytes(range(32))), 1)

    ours = preparer.prepare(call, 0, teller=Teller(frozenset({name})))
    for teller in (ANYBODY, Teller(frozenset({"List Entered"}))):
        theirs = preparer.prepare(call, 0, teller=teller)
        assert [problem.text.key for _, problem in theirs.problems] == ["collect.reserved_name"]
        assert theirs.events == []
    assert [event.name for event in ours.events] == [name]


@pytest.mark.parametrize(
    ("name", "is_named"),
    [("Order Paid", True), ("Order Completed", True), ("Checkout Completed", True),
     ("Disputes", False), ("Dispute Opened", True), ("Refund Asked", True),
     ("Product Viewed", False), ("order paid", False)],
)  # fmt: skip
def test_a_list_of_names_knows_synonyms_and_beginnings(name: str, is_named: bool) -> None:
    """What Huiliu reads as an order event is one, under whatever name it comes."""
    names = EventNames.parse("Order*, Dispute Opened,,Refund Asked")

    assert (name in names) is is_named
    assert name not in EventNames.parse("")
    assert name in EventNames.parse("*")


def test_a_synonym_closes_its_event_and_calls_without_a_name_stay_open() -> None:
    """Order Fulfilled is Order Shipped; a page view is no event that has a name."""
    teller = Teller(closed=EventNames.parse("Order Fulfilled"))

    assert teller.fault("Order Shipped") == teller.fault("Order Fulfilled") == "collect.not_public"
    assert teller.fault("Order Paid") == ""
    assert Teller(closed=EventNames.parse("*")).fault("$page") == ""
