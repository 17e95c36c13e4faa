"""Filed texts on their way out: only what carriers approved goes, with its code and values."""

from __future__ import annotations

import pytest
from tests.integration.outbox import Recorder, message, queue, someone, with_providers
from tests.integration.people import BRAND

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.filings import (
    list_filings,
    remove_filing,
    save_filing,
    set_filing_state,
)
from huiliu.services.publish import publish

SHIPPED = """\
huiliu: 1
kind: template
slug: shipped
name: {en: Shipped}
channel: sms
class: service
locales:
  zh-CN: {text: "【汇流】订单 {{ key }} 已发货"}
"""
FILED = {
    "account": "main", "template": "shipped", "signature": "汇流", "code": "SMS_1",
    "body": "订单 ${order} 已发货", "longest": 6,
}  # fmt: skip


class Cloud(Recorder):
    """A provider that takes only what was filed."""

    def __init__(self) -> None:
        super().__init__("sms")
        self.name = "cloud"
        self.needs_filed = True


@pytest.fixture
def cloud() -> Cloud:
    """Return a provider that takes only what was filed."""
    return Cloud()


@pytest.fixture
def shop(world: World, cloud: Cloud) -> World:
    """A brand with that provider and a template."""
    made = with_providers(world, cloud)
    publish(made, BRAND, SHIPPED, "test")
    return made


def sent_to(shop: World, phone: str) -> str:
    """Send the news to a number and return what became of it: a status, or a reason."""
    person = someone(shop, phone=phone, consents=("sms",))
    number = queue(shop, person, "shipped")
    dispatch(shop)
    row = message(shop, number)
    return row.reason or row.status


def test_an_approved_text_goes_as_its_code_and_its_values(shop: World, cloud: Cloud) -> None:
    """What the provider gets: signature, code and the placeholder's value."""
    made = save_filing(shop, BRAND, FILED | {"states": {"": "approved"}}, "li")

    assert sent_to(shop, "13800000001") == "sent"
    filed = cloud.sent[0].filed
    assert filed is not None
    assert (filed.signature, filed.code, filed.params) == ("汇流", "SMS_1", (("order", "o-1"),))
    assert made.filing_id == 1


def test_what_is_not_filed_not_approved_or_not_the_same_does_not_go(
    shop: World, cloud: Cloud
) -> None:
    """Three reasons that a person can read; nothing reaches the provider."""
    missing = sent_to(shop, "13800000001")
    save_filing(shop, BRAND, FILED | {"states": {"cmcc": "filed", "cucc": "approved"}}, "li")
    pending = sent_to(shop, "13800000002")
    fine = sent_to(shop, "13000000003")
    save_filing(shop, BRAND, FILED | {"filing_id": 1, "body": "包裹 ${order} 已发货"}, "li")
    other = sent_to(shop, "13000000004")

    assert (missing, pending, fine) == ("filing_missing", "filing_pending", "sent")
    assert other == "filing_mismatch"
    assert len(cloud.sent) == 1


def test_a_signature_that_a_carrier_did_not_approve_holds_its_texts_back(shop: World) -> None:
    """The text is approved, the signature is not yet."""
    save_filing(shop, BRAND, FILED | {"states": {"": "approved"}}, "li")
    save_filing(shop, BRAND, {"account": "main", "signature": "汇流",
                              "states": {"cmcc": "filed"}}, "li")  # fmt: skip
    held = sent_to(shop, "13800000001")
    set_filing_state(shop, BRAND, 2, "cmcc", "approved", "li")

    assert held == "filing_pending"
    assert sent_to(shop, "13800000002") == "sent"


def test_numbers_abroad_need_no_filing(shop: World, cloud: Cloud) -> None:
    """Filings are of China's carriers."""
    assert sent_to(shop, "+4915112345678") == "sent"
    assert cloud.sent[0].filed is None


def test_what_is_wrong_with_a_filing_is_told_at_once(shop: World) -> None:
    """Account, template, signature, text, code, carrier: all problems with their fields."""
    with pytest.raises(BadInput) as refused:
        save_filing(
            shop, BRAND,
            {"account": "x", "template": "nobody", "signature": "汇", "body": "【汇流】a ${b} ${b}",
             "states": {"moon": "approved"}, "longest": "many"},
            "li",
        )  # fmt: skip
    with pytest.raises(NotFound):
        remove_filing(shop, BRAND, 7)
    with pytest.raises(NotFound):
        set_filing_state(shop, BRAND, 7, "", "approved", "li")
    with pytest.raises(BadInput):
        set_filing_state(shop, BRAND, 7, "", "sure", "li")

    paths = {one.path for one in refused.value.problems}
    assert paths == {"account", "template", "signature", "body", "code", "states.moon", "longest"}
    assert list_filings(shop, BRAND) == []
