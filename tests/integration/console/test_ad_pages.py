"""Pages and twins of ad platforms, without a browser: shown, kept, confirmed and refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.integration.ads.advertising import at_platform, buyer, catch_up, join, put_audience
from tests.integration.console.test_product_pages import Api, form
from tests.integration.console.visiting import signed_in
from tests.integration.outbox import did
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import MINUTE
from huiliu.ports.world import World
from huiliu.services.ad_accounts import remove_ad_account
from huiliu.stores.clock import SimulatedClock


def test_an_account_is_set_up_tried_and_changed_by_its_pages(world: World, tmp_path: Path) -> None:
    """Every fault is said at once, secrets are never shown, and a test says what came back."""
    with at_platform(world, "kuaishou") as (lent, fake):
        remove_ad_account(lent, BRAND, "main")
        client = signed_in(lent, tmp_path)
        assert "No accounts yet" in client.get("/ads?lang=en").text
        assert "Connect Ocean Engine" in client.get("/ads/accounts/new").text
        typed = {**fake.config, "platform": "kuaishou", "name": "ks", "is_new": "1"}
        wrong = form(client, "/ads/accounts/save", **(typed | {"app_id": "", "advertiser_id": ""}))
        assert wrong.status_code == 422
        assert "advertiser_id must be given" in wrong.text
        assert "app_id must be given" in wrong.text
        form(client, "/ads/accounts/save", **typed)
        twice = form(client, "/ads/accounts/save", **typed)
        assert twice.status_code == 409
        shown = client.get("/ads/accounts/ks").text
        assert "fake-app-secret" not in shown
        assert "refresh-0" not in shown
        assert "青山茶铺" in form(client, "/ads/accounts/ks/test").text
        form(client, "/ads/accounts/ks/state", state="paused")
        assert "Paused: paused by hand" in client.get("/ads/accounts/ks").text
        form(client, "/ads/accounts/ks/state", state="live")
        editor = client.get("/ads/accounts/ks/edit").text
        assert 'value="10001"' in editor
        kept = {key: word for key, word in typed.items() if key not in {"secret", "refresh_token"}}
        form(client, "/ads/accounts/save", **(kept | {"is_new": "", "currency": "USD"}))
        assert "青山茶铺" in form(client, "/ads/accounts/ks/test").text
        form(client, "/ads/accounts/ks/remove")
        assert "No accounts yet" in client.get("/ads").text


def test_an_audience_and_its_transfers_are_shown(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """Made by its form; who is not in it and why stands beside who is."""
    with at_platform(world, "meta") as (lent, _):
        client = signed_in(lent, tmp_path)
        typed = {"is_new": "1", "slug": "vip", "name.en": "Best buyers", "account": "main"}
        assert form(client, "/ads/audiences/save", **(typed | {"slug": "A B"})).status_code == 422
        form(client, "/ads/audiences/save", **typed)
        other = typed | {"name.en": "Others"}
        assert form(client, "/ads/audiences/save", **other).status_code == 409
        shared, silent = buyer(lent), buyer(lent, "+8613900139000", agrees=False)
        join(lent, shared)
        join(lent, silent)
        catch_up(lent, clock)
        page = client.get("/ads/audiences/vip?lang=en").text
        assert "Best buyers" in page
        assert "never agreed to share with ad platforms" in page
        assert show_profile_id(shared) in page
        assert "Best buyers" in client.get("/ads").text
        listed = client.get(f"/ads/transfers?profile={show_profile_id(shared)}").text
        assert "phone number, e-mail address" in listed
        assert "Nothing was shared" in client.get(
            f"/ads/transfers?profile={show_profile_id(silent)}"
        ).text  # fmt: skip
        assert client.get("/ads/audiences/vip/edit").status_code == 200
        assert form(client, "/ads/accounts/main/remove").status_code == 409
        form(client, "/ads/audiences/vip/remove")
        catch_up(lent, clock)
        assert "No audiences yet" in client.get("/ads").text


def test_a_campaign_is_changed_only_after_a_second_word(world: World, tmp_path: Path) -> None:
    """The first form proposes, the second one does it; a repeated one does nothing more."""
    with at_platform(world, "tiktok") as (lent, fake):
        client = signed_in(lent, tmp_path)
        wrong = form(client, "/ads/accounts/main/ask", campaign="1001", action="budget", amount="x")
        assert wrong.status_code == 422
        asked = form(
            client, "/ads/accounts/main/ask", campaign="1001", action="budget", amount="50",
            reason="test",
        )  # fmt: skip
        page = client.get(asked.headers["location"]).text
        (known,) = re.findall(r"/ads/controls/([0-9a-f]{32})/confirm", page)
        assert fake.campaigns["1001"]["budget"] == 0
        form(client, f"/ads/controls/{known}/confirm")
        assert "done" in client.get(f"/ads/controls/{known}").text
        assert fake.campaigns["1001"]["budget"] == 50
        fake.campaigns["1001"]["budget"] = 0
        form(client, f"/ads/controls/{known}/confirm")
        assert fake.campaigns["1001"]["budget"] == 0
        fake.costs = [("2026-11-21", "1001", "Autumn", "12.00", 10, 2, 0)]
        form(client, "/ads/accounts/main/fetch")
        assert "12.00 USD" in client.get("/ads/accounts/main").text


def test_viewers_see_and_change_nothing(world: World, tmp_path: Path) -> None:
    """What goes to platforms is for marketers and administrators."""
    with at_platform(world, "tiktok") as (lent, _):
        client = signed_in(lent, tmp_path, role="viewer")
        assert client.get("/ads/accounts/main").status_code == 200
        assert client.get("/ads/accounts/new").status_code == 403
        assert form(client, "/ads/accounts/main/state", state="paused").status_code == 403


def test_every_action_has_its_twin_for_servers(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """The same services behind a key."""
    with at_platform(world, "google_ads", conversions="on") as (lent, fake):
        api = Api(lent, tmp_path)
        assert len(api("GET", "/v1/ads/platforms")["platforms"]) == 6
        body = {"platform": "google_ads", "fields": fake.config | {"conversions": "on"}}
        assert api("PUT", "/v1/ads/accounts/main", body)["fields"]["client_secret"] == "…"
        assert api("PUT", "/v1/ads/accounts/x", {"platform": "google_ads"})["status"] == 422
        assert api("POST", "/v1/ads/accounts/main/test")["name"] == "Green Hill Tea"
        put_audience(lent)
        source = api("GET", "/v1/ads/audiences/vip")["source"]
        assert not api("PUT", "/v1/ads/audiences", {"source": source})["is_new"]
        profile = buyer(lent)
        join(lent, profile)
        did(lent, profile, "Product Viewed", NOW - MINUTE, gclid="g-1")
        did(lent, profile, "Order Paid", order_id="o1", total=10, currency="USD")
        project_all(lent)
        catch_up(lent, clock)
        assert api("GET", "/v1/ads/audiences")["audiences"][0]["shared"] == 1
        told = api("GET", f"/v1/ads/transfers?profile={show_profile_id(profile)}")["transfers"]
        assert {one["action"] for one in told} == {"added", "converted"}
        seen = api("GET", "/v1/ads/accounts/main/conversions")
        assert seen["counts"] == [{"state": "sent", "reason": None, "n": 1}]
        _campaigns_and_costs(api, fake)
        assert api("PUT", "/v1/ads/accounts/main/state", {"state": "paused"})["state"] == "paused"
        assert api("GET", "/v1/ads/accounts")["accounts"][0]["paused"] == "paused by hand"
        assert api("DELETE", "/v1/ads/accounts/main")["status"] == 409
        assert api("DELETE", "/v1/ads/audiences/vip")["state"] == "archived"
        catch_up(lent, clock)
        assert api("DELETE", "/v1/ads/accounts/main")["removed"]


def _campaigns_and_costs(api: Api, fake: Any) -> None:
    """Ask for a pause and for costs."""
    body = {"account": "main", "campaign": "1001", "action": "pause", "reason": "test"}
    asked = api("POST", "/v1/ads/controls", body)
    assert (asked["state"], fake.campaigns["1001"]["on"]) == ("proposed", True)
    done = api("POST", f"/v1/ads/controls/{asked['id']}/confirm")
    assert (done["state"], fake.campaigns["1001"]["on"]) == ("done", False)
    assert api("GET", f"/v1/ads/controls/{asked['id']}")["by"] == "key test"
    assert len(api("GET", "/v1/ads/controls")["controls"]) == 1
    fake.costs = [("2026-11-21", "1001", "Autumn", "12.00", 10, 2, 0)]
    assert api("POST", "/v1/ads/accounts/main/spend/fetch")["rows"] == 1
    csv = {"csv": "day,campaign,cost\n2026-11-20,7,1.50\n"}
    assert api("POST", "/v1/ads/accounts/main/spend", csv)["rows"] == 1
    assert api("GET", "/v1/ads/spend")["totals"][0]["cost"] == "13.50"


@pytest.mark.parametrize("path", ["/ads/accounts/x", "/ads/audiences/x", "/ads/controls/zz"])
def test_what_is_not_there_is_not_found(world: World, tmp_path: Path, path: str) -> None:
    """No page breaks on a wrong address."""
    assert signed_in(world, tmp_path).get(path).status_code == 404
