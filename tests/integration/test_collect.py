"""The tracking API: good events are on disk when it says so, bad input gets a clear answer."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.integration.asgi import AsgiClient

from huiliu.kernel.events import EventNames
from huiliu.ports.log import REFUSED_PURPOSE
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.revoke_key import revoke_key
from huiliu.stores import embedded
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.embedded import Embedded
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets
from huiliu.web.api.collect import Collect

TRACK = {"event": "Product Viewed", "userId": "lin", "properties": {"sku": "A1"}}


async def nothing_else(scope: Any, receive: Any, send: Any) -> None:
    """Answer 404: what stands behind the tracking API."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"elsewhere"})


@pytest.fixture
def key(world: World) -> str:
    """Make a write key."""
    return create_key(world, 1, "shop", "collect")[1]


@pytest.fixture
def client(world: World, key: str) -> Iterator[AsgiClient]:
    """Speak to the tracking API as a server with the write key does."""
    with AsgiClient(Collect(nothing_else, world)) as opened:
        opened.auth = (key, "")
        yield opened


def names(world: World) -> list[str]:
    """Return the names of all events in the log."""
    with world.store.system() as tx:
        return [event.name for event in tx.log.read(0, 0, 10_000)]


def refused(world: World) -> list[tuple[str, str]]:
    """Return (reason, raw bytes) of the refused events, newest first."""
    with world.store.transaction(1) as tx:
        return [
            (one.reason, world.secrets.unseal(one.sealed, REFUSED_PURPOSE).decode(errors="replace"))
            for one in tx.log.refused(1, 100)
        ]


@pytest.mark.parametrize("path", ["track", "t"])
def test_a_call_is_in_the_log_when_it_is_answered(
    world: World, client: AsgiClient, path: str
) -> None:
    """Long and short paths; the answer is Segment's own."""
    answer = client.post(f"/v1/{path}", json=TRACK)

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert names(world) == ["Product Viewed"]


def test_every_kind_of_call_has_its_door(world: World, client: AsgiClient) -> None:
    """Six calls, six paths; the path says the type."""
    for kind in ("identify", "page", "screen", "group"):
        assert client.post(f"/v1/{kind}", json={"userId": "lin", "groupId": "g"}).is_success
    assert client.post("/v1/alias", json={"userId": "lin", "previousId": "a"}).is_success

    assert names(world) == ["$identify", "$page", "$screen", "$group", "$alias"]


@pytest.mark.parametrize("path", ["batch", "b", "import"])
def test_a_batch_keeps_its_order_and_its_good_calls(
    world: World, client: AsgiClient, path: str
) -> None:
    """Bad ones are named in the answer and kept, sealed, with their reasons."""
    calls = [
        {"type": "track", "event": "First", "userId": "lin"},
        {"type": "track", "event": 3, "userId": "lin"},
        "no call",
        {"type": "track", "userId": "lin"},
        {"type": "track", "event": "Last", "userId": "lin"},
    ]

    answer = client.post(f"/v1/{path}", json={"batch": calls})

    assert answer.status_code == 200
    assert [(one["index"], one["reason"]) for one in answer.json()["refused"]] == [
        (1, "bad_type"),
        (2, "bad_type"),
        (3, "no_event_name"),
    ]
    assert names(world) == ["First", "Last"]
    assert sorted(json.dumps(json.loads(raw)) for _, raw in refused(world)) == sorted(
        json.dumps(call) for call in calls[1:4]
    )


def test_a_repeated_message_changes_nothing(world: World, client: AsgiClient) -> None:
    """A client that got no answer sends again, and is thanked again."""
    for _ in range(3):
        assert client.post("/v1/track", json={**TRACK, "messageId": "m-1"}).is_success

    assert names(world) == ["Product Viewed"]


def test_a_browser_says_who_it_is_in_the_body(world: World, key: str, client: AsgiClient) -> None:
    """analytics.js posts text/plain, so that no preflight is needed."""
    client.auth = None
    body = json.dumps({**TRACK, "writeKey": key})

    answer = client.post("/v1/t", content=body, headers={"content-type": "text/plain"})

    assert answer.is_success
    assert names(world) == ["Product Viewed"]


@pytest.mark.parametrize("auth", [None, ("wrong", ""), ("", ""), ("x" * 300, "")])
def test_without_a_key_in_force_nothing_is_taken(
    world: World, client: AsgiClient, auth: tuple[str, str] | None
) -> None:
    """401 says how to send one."""
    client.auth = auth

    answer = client.post("/v1/track", json=TRACK)

    assert answer.status_code == 401
    assert answer.json()["reason"] == "wrong_key"
    assert "Basic" in answer.json()["message"]
    assert names(world) == []
    assert refused(world) == []


def test_a_key_for_tills_may_not_send_events(world: World, client: AsgiClient) -> None:
    """The scope decides."""
    client.auth = (create_key(world, 1, "till", "pos")[1], "")

    assert client.post("/v1/track", json=TRACK).status_code == 403


def test_a_public_key_may_not_send_what_the_operator_refuses(world: World) -> None:
    """An order of a browser is refused with its reason and kept; a server's is taken."""
    closed = replace(world, public_events_refused=EventNames.parse("Order*"))
    public, own = (create_key(world, 1, scope, scope)[1] for scope in ("collect", "api"))
    order = {"event": "Order Shipped", "userId": "lin", "properties": {"order_id": "o"}}
    batch = {"batch": [
        {"type": "track", **TRACK}, {"type": "track", **order, "event": "Order Fulfilled"},
    ]}  # fmt: skip
    with AsgiClient(Collect(nothing_else, closed)) as client:
        client.auth = (public, "")
        alone = client.post("/v1/track", json=order)
        among = client.post("/v1/batch", json=batch)
        client.auth = (own, "")
        taken = client.post("/v1/track", json=order)

    assert (alone.status_code, alone.json()["reason"]) == (400, "not_public")
    assert [(one["index"], one["reason"]) for one in among.json()["refused"]] == [(1, "not_public")]
    assert taken.json() == {"success": True}
    assert names(world) == ["Product Viewed", "Order Shipped"]
    assert [reason for reason, _ in refused(world)] == ["collect.not_public"] * 2


def test_a_revoked_key_ends_within_seconds(world: World, client: AsgiClient) -> None:
    """The key is remembered for three seconds at most, then looked up again."""
    made, shown = create_key(world, 1, "leaked", "collect")
    collect = Collect(nothing_else, world)
    revoke_key(world, 1, made.key_id)
    with AsgiClient(collect) as fresh:
        fresh.auth = (shown, "")
        assert fresh.post("/v1/track", json=TRACK).status_code == 401


BAD_BODIES = {
    b'{"event": "A", "userId": "lin"': "bad_json",
    b"": "bad_json",
    b"[]": "bad_type",
    b"null": "bad_type",
    b'{"event": "A", "userId": ["lin"]}': "bad_type",
    b'{"event": "\xff", "userId": "lin"}': "not_utf8",
    b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}": "too_deep",
    b'{"userId": "lin"}': "no_event_name",
    b'{"event": "A"}': "no_identifier",
    b'{"event": "A", "userId": "lin", "timestamp": "soon"}': "bad_time",
    # 2,000 years by the sender's own clock before the year 1: no calendar can show it.
    b'{"event": "A", "userId": "lin", "timestamp": "0001-01-01T00:00:00Z",'
    b' "sentAt": "9999-01-01T00:00:00Z"}': "bad_time",
    b'{"event": "A", "userId": "lin", "properties": 3}': "not_an_object",
    b'{"event": "A", "userId": "lin", "context": []}': "not_an_object",
}


@pytest.mark.parametrize(("body", "reason"), BAD_BODIES.items())
def test_a_bad_body_gets_a_reason_and_is_kept(
    world: World, client: AsgiClient, body: bytes, reason: str
) -> None:
    """400 with a machine's word and a person's sentence; what was sent can be looked at."""
    answer = client.post("/v1/track", content=body)

    assert answer.status_code == 400
    assert answer.json()["reason"] == reason
    assert answer.json()["success"] is False
    assert names(world) == []
    assert [kept[0] for kept in refused(world)] in ([f"collect.{reason}"], [])


def test_broken_json_is_told_with_its_place(client: AsgiClient) -> None:
    """The byte is named."""
    answer = client.post("/v1/batch", content=b'{"batch": [}')

    assert "byte 11" in answer.json()["message"]


def test_an_event_past_32_kb_is_too_large(world: World, client: AsgiClient) -> None:
    """Alone it is 413; in a batch it costs itself only."""
    large = {**TRACK, "type": "track", "properties": {"a": "x" * 33_000}}

    assert client.post("/v1/track", json=large).status_code == 413
    answer = client.post("/v1/batch", json={"batch": [large, {**TRACK, "type": "track"}]})

    assert [one["reason"] for one in answer.json()["refused"]] == ["too_large"]
    assert names(world) == ["Product Viewed"]


def test_a_request_past_500_kb_is_not_read_to_its_end(client: AsgiClient) -> None:
    """Also when it is packed: a bomb is not unpacked."""
    bomb = gzip.compress(bytes(50_000_000))

    plain = client.post("/v1/batch", content=bytes(600_000))
    packed = client.post("/v1/batch", content=bomb, headers={"content-encoding": "gzip"})

    assert (plain.status_code, packed.status_code) == (413, 413)
    assert plain.json()["reason"] == packed.json()["reason"] == "batch_too_large"


def test_a_packed_body_of_very_many_pieces_is_refused(client: AsgiClient) -> None:
    """Each piece costs a pass over the rest: twenty thousand would hold everyone up."""
    packed = {"content-encoding": "gzip"}
    pieces = gzip.compress(b"") * 20_000 + gzip.compress(json.dumps(TRACK).encode())
    few = gzip.compress(b"") * 3 + gzip.compress(json.dumps(TRACK).encode())

    assert client.post("/v1/track", content=pieces, headers=packed).status_code == 400
    assert client.post("/v1/track", content=few, headers=packed).is_success


def test_a_packed_body_is_unpacked(world: World, client: AsgiClient) -> None:
    """What is not gzip is told so."""
    body = gzip.compress(json.dumps(TRACK).encode())
    packed = {"content-encoding": "gzip"}

    assert client.post("/v1/track", content=body, headers=packed).is_success
    assert client.post("/v1/track", content=b"zip", headers=packed).status_code == 400
    assert client.post("/v1/track", content=body[:20], headers=packed).status_code == 400
    assert (
        client.post("/v1/track", content=body, headers={"content-encoding": "br"}).status_code
        == 415
    )
    assert names(world) == ["Product Viewed"]


def test_browsers_of_any_site_may_ask(client: AsgiClient) -> None:
    """The preflight allows what was asked for."""
    answer = client.options(
        "/v1/t", headers={"origin": "https://shop.example",
                          "access-control-request-headers": "content-type,authorization"},
    )  # fmt: skip

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "content-type,authorization"
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_a_wrong_method_or_path_is_told(client: AsgiClient) -> None:
    """405 names the right one; other paths are answered by what stands behind."""
    wrong = client.get("/v1/track")

    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST, OPTIONS")
    assert client.post("/v1/sing", json={}).text == "elsewhere"
    assert client.get("/").text == "elsewhere"


@pytest.mark.parametrize("path", ["/v1/projects/{key}/settings", "/analytics.js/v1/{key}/settings"])
def test_analytics_js_is_told_to_send_where_it_asked(
    client: AsgiClient, key: str, path: str
) -> None:
    """Changing one host name is enough; a wrong key gets nothing."""
    client.auth = None

    answer = client.get(path.format(key=key))

    segment = answer.json()["integrations"]["Segment.io"]
    assert (segment["apiKey"], segment["apiHost"], segment["protocol"]) == (
        key,
        "testserver/v1",
        "http",
    )
    assert client.get(path.format(key="wrong")).status_code == 404
    assert client.post("/v1/m", json={"series": []}).is_success


def test_many_requests_at_once_are_all_kept(world: World, client: AsgiClient) -> None:
    """They share transactions and lose nothing."""

    def send(number: int) -> int:
        call = {**TRACK, "event": f"E{number}", "messageId": f"m-{number}"}
        return client.post("/v1/track", json=call).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(send, range(200))) == {200}

    assert sorted(names(world)) == sorted(f"E{number}" for number in range(200))


def test_personal_values_go_to_the_vault_and_can_be_revealed(
    world: World, client: AsgiClient
) -> None:
    """The log holds the token under which the raw value is found again."""
    client.post("/v1/identify", json={"userId": "lin", "traits": {"email": "lin@example.com"}})

    with world.store.system() as tx:
        (event,) = tx.log.read(0, 0, 10)
        assert event.subject is not None
        token = bytes.fromhex(json.loads(event.body)["traits"]["email"].removeprefix("vlt_"))
        tx.vault.adopt(1, {event.subject: 77})
        assert tx.vault.reveal(1, {77: [token]}) == {(77, token): "lin@example.com"}


def test_nothing_is_acknowledged_while_the_database_is_gone(
    world: World, postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """503 with Retry-After, nothing lost; after its return the same call is taken."""
    from huiliu.stores.migrate import migrate

    folder = tmp_path_factory.mktemp("gone") / "postgres"
    server = embedded.start(folder)
    migrate(server.url)
    secrets = InstanceSecrets(bytes(32))
    store = PostgresStore(server.url, secrets, SimulatedClock(world.clock.now()))
    own = replace(world, store=store, secrets=secrets)
    shown = create_key(own, 1, "shop", "collect")[1]
    acknowledged: list[int] = []
    try:
        with AsgiClient(Collect(nothing_else, own)) as client:
            client.auth = (shown, "")

            def send(number: int) -> int:
                call = {**TRACK, "event": f"E{number}", "messageId": f"m-{number}"}
                answer = client.post("/v1/track", json=call)
                if answer.status_code == 200:
                    acknowledged.append(number)
                else:
                    assert answer.headers["retry-after"]
                return answer.status_code

            assert send(0) == 200
            with ThreadPoolExecutor(8) as pool:
                sent = [pool.submit(send, number) for number in range(1, 200)]
                sent[20].result()
                os.kill(server.pid, signal.SIGKILL)
                statuses = {one.result() for one in sent}
            assert statuses <= {200, 503}
            embedded.start(folder)
            # A pool that was refused may need a moment more than the server.
            while send(0) != 200:
                pass
            survived = set(names(own))
            assert {f"E{number}" for number in acknowledged} <= survived
            for number in range(200):
                assert send(number) == 200
        assert sorted(names(own)) == sorted(f"E{number}" for number in range(200))
    finally:
        store.close()
        server.stop()


def test_too_much_waiting_is_told_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After, instead of a queue without end."""
    from huiliu.web.api import group_commit

    monkeypatch.setattr(group_commit, "_MOST_WAITING", 0)
    shown = create_key(world, 1, "shop", "collect")[1]
    with AsgiClient(Collect(nothing_else, world)) as client:
        answer = client.post("/v1/track", json=TRACK, auth=(shown, ""))

    assert (answer.status_code, answer.json()["reason"]) == (503, "busy")
    assert answer.headers["retry-after"]
    assert names(world) == []


def test_the_answer_is_json_for_any_client(client: AsgiClient) -> None:
    """Also for those that do not look at the status."""
    answer: httpx.Response = client.post("/v1/track", json=TRACK)

    assert answer.headers["content-type"] == "application/json"
