"""Points for servers: the contract of `/v1/points`, over HTTP, with many callers at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.asgi import AsgiClient
from tests.integration.people import BRAND, identify, log, project_all
from tests.integration.rewards.points_books import faults

from huiliu.kernel.events import Identifier, IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.find_profile import find_profile_by
from huiliu.settings import load
from huiliu.web.app import create_app

ADA = {"identifier": {"type": "user_id", "value": "ada"}}


@pytest.fixture
def client(world: World, tmp_path: Path) -> Iterator[AsgiClient]:
    """Speak to the application with a key of a server; Ada and Bob are known."""
    for name in ("ada", "bob"):
        hashed = world.secrets.identifier_key(BRAND, int(IdentifierType.USER_ID), name)
        told = identify(f"user_id:{name}", name="x")
        log(world, type(told)(**{
            field: getattr(told, field) for field in told.__struct_fields__
        } | {"identifiers": (Identifier(IdentifierType.USER_ID, hashed),)}))  # fmt: skip
    project_all(world)
    key = create_key(world, BRAND, "erp", "api")[1]
    with AsgiClient(create_app(world, load(tmp_path, {})), auth=(key, "")) as http:
        yield http


def _ask(client, what, key="", **body):
    """Return the answer to a wish."""
    headers = {"idempotency-key": key} if key else {}
    body = {"channel": "app", "reason": "test", **body}
    return client.post(f"/v1/points/{what}", json=body, headers=headers)


def _get(client, path):
    """Return the answer to a question."""
    return client.get(f"/v1/points/{path}")


def _profile(world, name="ada"):
    """Return somebody's id as servers write it."""
    return show_profile_id(find_profile_by(world, BRAND, f"user_id={name}"))


def test_points_are_earned_burned_refunded_and_read(client, world, database_url):
    """The whole contract of points, one answer for one key."""
    ada = _profile(world)
    earned = _ask(client, "earn", "k1", person=ADA, amount=100.5, order_id="o1")
    assert (earned.status_code, earned.json()["available"]) == (200, 100.5)
    again = _ask(client, "earn", "k1", person=ADA, amount=100.5, order_id="o1")
    assert again.json() == earned.json()
    other = _ask(client, "earn", "k1", person=ADA, amount=7, order_id="o1")
    assert (other.status_code, other.json()["reason"]) == (409, "key_reused")
    burned = _ask(client, "burn", "k2", person={"profile": ada}, amount="40.25", order_id="o2")
    assert burned.json()["available"] == 60.25
    short = _ask(client, "burn", "k3", person=ada, amount=60.26)
    assert (short.status_code, short.json()["reason"]) == (409, "not_enough")
    back = _ask(client, "refund", "k4", profile=ada, amount=40.25, order_id="o2")
    assert back.json()["available"] == 100.5
    gone = _ask(client, "refund", "k5", person=ADA, amount=100.5, order_id="o1", of="earned")
    assert gone.json()["available"] == 0
    pending = _ask(client, "earn", "k6", person=ADA, amount=5, pending_for="7d")
    assert (pending.json()["available"], pending.json()["pending"]) == (0, 5)
    found = _get(client, ada).json()
    assert (found["available"], found["pending"], found["expiring"]) == (0, 5, [])
    entries = _get(client, f"{ada}/statement").json()["entries"]
    assert sum(1 for one in entries if one["kind"] == "claw_back") == 1
    assert faults(database_url) == []


def test_points_are_sent_and_adjusted(client, world, database_url):
    """Points go from one person to another, and staff can put right what was wrong."""
    _ask(client, "adjust", "a1", person=ADA, amount=10, reason="forgotten order")
    sent = _ask(client, "transfer", "a2", person=ADA, amount=4,
                to={"identifier": {"type": "user_id", "value": "bob"}})  # fmt: skip
    assert sent.json()["available"] == 6
    assert _get(client, _profile(world, "bob")).json()["available"] == 4
    assert _ask(client, "adjust", "a3", person=ADA, amount=-6).json()["available"] == 0
    assert _ask(client, "adjust", "a4", person=ADA, amount=-1).status_code == 409
    assert faults(database_url) == []


def test_everything_wrong_with_a_wish_is_told_at_once(client, world):
    """A wish without a key, amount or sense is refused with every problem."""
    wrong = _ask(client, "earn", person=ADA, amount=1.005, channel="A B", reason="call 13800138000")
    assert wrong.status_code == 422
    assert {one["path"] for one in wrong.json()["problems"]} == {
        "Idempotency-Key", "amount", "channel", "reason",
    }  # fmt: skip
    nobody = {"identifier": {"type": "user_id", "value": "nobody"}}
    assert _ask(client, "earn", "k", person=nobody, amount=1).status_code == 404
    assert _ask(client, "earn", "k", person="p_0000000000001", amount=1).status_code == 404
    assert _ask(client, "earn", "k", person=3, amount=1).status_code == 422
    assert _get(client, "p_0000000000001").status_code == 404


def test_clients_who_race_over_http_get_what_is_there(client, world, database_url):
    """Of 60 requests for one of 25 points, 25 are answered with it."""
    _ask(client, "earn", "start", person=ADA, amount=25)

    def burn(nth):
        return _ask(client, "burn", f"race {nth}", person=ADA, amount=1).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(burn, range(60)))
    assert (answers.count(200), answers.count(409)) == (25, 35)
    assert faults(database_url) == []
