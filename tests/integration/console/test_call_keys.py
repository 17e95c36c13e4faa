"""Keys of servers: looked up once in a while, refused at once where they are ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.console.test_api_twins import server

from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.revoke_key import revoke_key
from huiliu.stores.accounts import PostgresAccounts
from huiliu.web.api.call_keys import KnownKeys


def test_a_key_is_looked_up_once_for_many_calls(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till does not wait for it at each call; what is no key is looked for each time."""
    client, key = server(world, tmp_path)
    client.app.state.known_keys = KnownKeys(lambda: 0.0)
    asked: list[bytes] = []
    look = PostgresAccounts.key_by_hash

    def counted(self: PostgresAccounts, hashed: bytes) -> object:
        asked.append(hashed)
        return look(self, hashed)

    monkeypatch.setattr(PostgresAccounts, "key_by_hash", counted)
    known = [client.get("/v1/promotions", auth=key).status_code for _ in range(5)]
    wrong = [client.get("/v1/promotions", auth=("hl_a_0", "")).status_code for _ in range(2)]

    assert (known, wrong) == ([200] * 5, [401] * 2)
    assert len(asked) == 1 + 2


def test_a_key_that_is_ended_here_is_refused_at_once(world: World, tmp_path: Path) -> None:
    """Though it was good a moment ago."""
    client, key = server(world, tmp_path)
    made, shown = create_key(world, 1, "till", "api")
    before = client.get("/v1/promotions", auth=(shown, ""))

    client.request("DELETE", f"/v1/keys/{made.key_id}", auth=key)
    after = client.get("/v1/promotions", auth=(shown, ""))

    assert (before.status_code, after.status_code) == (200, 401)


def test_a_key_that_is_ended_while_it_is_looked_up_is_not_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call that asked a moment before the end is answered, the next one is not."""
    made, shown = create_key(world, 1, "till", "api")
    keys = KnownKeys(lambda: 0.0)
    look = PostgresAccounts.key_by_hash

    def ended_meanwhile(self: PostgresAccounts, hashed: bytes) -> object:
        found = look(self, hashed)
        revoke_key(world, 1, made.key_id)
        keys.forget()
        return found

    with monkeypatch.context() as during:
        during.setattr(PostgresAccounts, "key_by_hash", ended_meanwhile)
        before = keys.find(world, shown)

    assert before is not None
    assert keys.find(world, shown) is None


def test_a_key_that_is_ended_elsewhere_is_refused_three_seconds_later(
    world: World, tmp_path: Path
) -> None:
    """The command line ends it in a process of its own, as the how-to says."""
    client, key = server(world, tmp_path)
    seconds = [0.0]
    client.app.state.known_keys = KnownKeys(lambda: seconds[0])
    made, shown = create_key(world, 1, "till", "api")
    before = client.get("/v1/promotions", auth=(shown, ""))

    revoke_key(world, 1, made.key_id)
    seconds[0] = 3.0
    after = client.get("/v1/promotions", auth=(shown, ""))

    assert (before.status_code, after.status_code) == (200, 401)
    assert client.get("/v1/promotions", auth=key).status_code == 200
