"""A form's reward is a coupon: shown at once, one a person, one a page, until the pool is empty."""

from __future__ import annotations

import re

import pytest
from tests.integration.console.visiting import Visitor
from tests.integration.forms.filling import FORM, fill, live, send
from tests.integration.forms.test_taking import browser, logged, properties, shop
from tests.integration.people import BRAND, project_all
from tests.integration.rewards.test_coupons_in_journeys import COUPON, PROMOTION

from huiliu.kernel.errors import BadInput
from huiliu.ports.world import World
from huiliu.services.publish import publish

__all__ = ["browser", "shop"]

GIVEN = FORM.replace("code: HELLO10", "coupon: thanks-codes")
MAIL = {"q.email": "li@mail.example"}


def code_in(page: str) -> str:
    """Return the code that a page shows; "" where it shows none."""
    found = re.search(r'class="reward-code"><code>([^<]+)', page)
    return found[1] if found else ""


def test_a_form_gives_own_codes_until_the_pool_is_empty(shop: World, browser: Visitor) -> None:
    """A newcomer sees a code at once; the same page and the same person get no second one."""
    with pytest.raises(BadInput):
        live(shop, GIVEN)
    for source in (PROMOTION, COUPON):
        publish(shop, BRAND, source, "test")
    live(shop, GIVEN)
    page = browser.get("/f/welcome").text
    first = code_in(send(shop, browser, page, MAIL).text)
    assert len(first) == 12
    assert code_in(send(shop, browser, page, MAIL).text) == first
    project_all(shop)
    assert code_in(fill(shop, browser, MAIL).text) == ""
    assert code_in(fill(shop, browser, {"q.email": "ann@mail.example"}).text) not in {"", first}
    assert code_in(fill(shop, browser, {"q.email": "bo@mail.example"}).text) == ""
    promised = properties(shop, "Reward Promised")
    assert [(one["code"] == first, one["coupon"]) for one in promised] == [
        (True, "thanks-codes"), (False, "thanks-codes"),
    ]  # fmt: skip
    assert len(logged(shop, "Form Submitted")) == 4
