"""Channel accounts in console and API: set up, tried, paused, and never shown whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.outbox import Recorder
from tests.integration.people import BRAND

from huiliu.channels import make_providers
from huiliu.kernel.errors import NotFound
from huiliu.ports.channel import AnswerState
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named, add_account
from huiliu.services.create_key import create_key
from huiliu.services.list_actions import list_actions
from huiliu.stores.clock import SimulatedClock

SMTP = {
    "provider": "smtp", "name": "main", "field.host": "127.0.0.1", "field.port": "1",
    "field.from": "Brand <hello@brand.example>", "field.username": "brand",
    "field.password": "hunter2",
}  # fmt: skip

TWILIO = {
    "provider": "twilio", "name": "cloud", "field.account_sid": "AC1",
    "field.auth_token": "hunter2",
    "field.sender": "+15005550006",
}  # fmt: skip


@pytest.fixture
def shop(world: World, clock: SimulatedClock) -> World:
    """A brand whose providers may call this machine."""
    return dataclasses.replace(world, providers=make_providers(clock, "127.0.0.1"))


def send(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_an_account_is_set_up_in_the_console_and_its_secret_is_never_shown(
    shop: World, tmp_path: Path
) -> None:
    """From the choice of a provider to a page that says how the account fares."""
    client = signed_in(shop, tmp_path)
    empty = client.get("/channels").text
    choice = client.get("/channels/new").text
    blank = client.get("/channels/new?provider=smtp").text

    kept = send(client, "/channels/save", **SMTP)
    page = client.get(kept.headers["location"]).text
    cloud = send(client, "/channels/save", **TWILIO).headers["location"]
    listed = client.get("/channels").text

    assert "/channels/new" in empty
    assert "provider=smtp" in choice
    assert "provider=smpp" in choice
    assert 'name="field.host"' in blank
    assert kept.status_code == 303
    assert "127.0.0.1" in page
    assert "/callbacks/" not in page
    assert "/callbacks/" in client.get(cloud).text
    assert "hunter2" not in page + listed
    assert "main" in listed
    assert [one.what for one in list_actions(shop, BRAND).rows][:2] == [
        "channel_saved", "channel_saved",
    ]  # fmt: skip


def test_every_fault_of_the_form_is_said_and_what_was_typed_stays(
    shop: World, tmp_path: Path
) -> None:
    """Nothing is kept; the secret is not sent back."""
    client = signed_in(shop, tmp_path)

    wrong = {**SMTP, "field.port": "70000", "field.from": "nobody", "field.tls": "none"}
    answer = send(client, "/channels/save", **wrong)

    assert answer.status_code == 422
    assert answer.text.count("<li>") >= 3
    assert 'value="127.0.0.1"' in answer.text
    assert "hunter2" not in answer.text
    with pytest.raises(NotFound):
        account_named(shop, BRAND, "email", "main")


def test_a_test_that_fails_says_what_to_do(shop: World, tmp_path: Path) -> None:
    """A server that is not there, and an address that is none."""
    client = signed_in(shop, tmp_path)
    send(client, "/channels/save", **SMTP)

    away = send(client, "/channels/email/main/test", to="li@shop.example")
    none = send(client, "/channels/email/main/test", to="li")

    assert "port and firewall" in away.text
    assert none.status_code == 422


def test_a_secret_is_kept_only_while_it_goes_to_the_same_host(shop: World, tmp_path: Path) -> None:
    """Who changes the host must know the secret."""
    client = signed_in(shop, tmp_path)
    send(client, "/channels/save", **SMTP)
    typed = {**SMTP, "field.password": "", "field.username": "other"}

    send(client, "/channels/save", **typed)
    same = account_named(shop, BRAND, "email", "main")
    send(client, "/channels/save", **{**typed, "field.host": "thief.example"})
    moved = account_named(shop, BRAND, "email", "main")

    assert (same.config["username"], same.config["password"]) == ("other", "hunter2")
    assert "password" not in moved.config


def test_an_account_is_paused_resumed_and_forgotten(shop: World, tmp_path: Path) -> None:
    """By buttons, each written down."""
    client = signed_in(shop, tmp_path)
    send(client, "/channels/save", **SMTP)

    send(client, "/channels/email/main/switch", to="off")
    paused = account_named(shop, BRAND, "email", "main").paused
    send(client, "/channels/email/main/switch", to="on")
    resumed = account_named(shop, BRAND, "email", "main").paused
    send(client, "/channels/email/main/remove")

    assert paused
    assert not resumed
    assert client.get("/channels/email/main").status_code == 404


def test_a_marketer_sees_accounts_and_changes_none(shop: World, tmp_path: Path) -> None:
    """The address for receipts is a secret of those who set channels up."""
    add_account(shop, BRAND, "email", "main", _config())
    cloud = {"account_sid": "AC1", "auth_token": "hunter2", "sender": "+15005550006"}
    add_account(shop, BRAND, "sms", "cloud", cloud, "twilio")
    client = signed_in(shop, tmp_path, "marketer")

    page = client.get("/channels/sms/cloud")

    assert page.status_code == 200
    assert "/callbacks/" not in page.text
    assert client.get("/channels/new").status_code == 403
    assert send(client, "/channels/email/main/test", to="li@shop.example").status_code == 403


def test_a_server_sets_accounts_up_by_the_same_services(shop: World, tmp_path: Path) -> None:
    """With a key: providers, set up, test, pause, forget; wrong bodies are told whole."""
    email = Recorder()
    email.answer = AnswerState.PAUSE
    world = dataclasses.replace(shop, providers={**shop.providers, "email": email})
    key = (create_key(world, BRAND, "erp", "api")[1], "")
    client = visitor(world, tmp_path)

    def ask(method: str, path: str, body: Any = None) -> Any:
        return client.request(method, path, json=body, auth=key).json()

    providers = {one["provider"] for one in ask("GET", "/v1/channels/providers")["providers"]}
    made = ask("PUT", "/v1/channels/email/main", {"provider": "smtp", "fields": _config()})
    wrong = ask("PUT", "/v1/channels/email/x", {"provider": "smtp", "fields": {"host": 5}})
    fake = ask("PUT", "/v1/channels/email/fake", {"provider": "email", "fields": {}})
    tried = ask("POST", "/v1/channels/email/fake/test", {"to": "li@shop.example"})
    paused = ask("PUT", "/v1/channels/email/main/state", {"state": "paused"})

    assert {"smtp", "smpp"} <= providers
    assert made["fields"]["password"] == "…"
    assert made["callback_url"] == ""
    assert "fields.host" in str(wrong)
    assert fake["provider"] == "email"
    assert (tried["state"], tried["response"]) == ("pause", "recorded")
    assert paused["paused"]
    assert ask("DELETE", "/v1/channels/email/main") == {"removed": True}
    assert [one["name"] for one in ask("GET", "/v1/channels")["channels"]] == ["fake"]


def _config() -> dict[str, str]:
    """Return the fields of the form without its own words."""
    return {
        key.removeprefix("field."): value for key, value in SMTP.items() if key.startswith("field.")
    }
