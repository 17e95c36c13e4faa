"""Which words a person gets at the moment of sending: the segment's, today's price, or none."""

from __future__ import annotations

import pytest
from tests.integration.outbox import (
    Recorder,
    message,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.errors import BadInput
from huiliu.messages.template import parse_template
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.publish import publish, publish_all
from huiliu.services.read_offers import Offer

BRIEF = """\
huiliu: 1
kind: brief
slug: spring
name: {en: Spring}
facts:
  price: {price: 99, currency: CNY}
"""
TEMPLATE = """\
huiliu: 1
kind: template
slug: spring
name: {en: Spring}
channel: sms
class: marketing
brief: spring
locales:
  zh-CN: {text: "【汇流】全场{{ brief.price }}，拒收请回复R"}
variants:
  - segment: gold
    locales:
      zh-CN: {text: "【汇流】金卡尊享{{ brief.price }}，拒收请回复R"}
"""
GOLD = """\
huiliu: 1
kind: segment
slug: gold
name: {en: Gold}
where: {all: [{trait: tier, is: gold}]}
"""


@pytest.fixture
def sms() -> Recorder:
    """Record what is sent by SMS."""
    return Recorder("sms")


@pytest.fixture
def shop(world: World, sms: Recorder) -> World:
    """Wire a shop whose brief, segment and template are live."""
    with world.store.system() as tx:
        # There is nobody yet, so nobody's membership has to be filled in.
        tx.documents.put(Document(BRAND, "segment", "gold", 0, "live", GOLD, NOW, "test"))
    publish_all(world, BRAND, [Offer(BRIEF), Offer(TEMPLATE)], "test")
    return with_providers(world, sms)


def queued(world: World, profile: int, version: int = 1) -> bytes:
    """Queue the template's version for a person."""
    return queue(world, profile, channel="sms", template="spring", template_version=version)


def person(world: World, number: str, **traits: str) -> int:
    """Return somebody with a phone who agreed to SMS."""
    return someone(world, phone=number, consents=("sms",), locale="zh-CN", **traits)  # type: ignore[arg-type] # words, and none of its own


def texts(sms: Recorder) -> list[str]:
    """Return what was sent, sorted."""
    return sorted(one.parts["text"] for one in sms.sent)


def test_people_of_a_segment_get_its_words_with_the_briefs_facts(shop: World, sms: Recorder):
    """The first segment that holds at the moment of sending decides."""
    gold = person(shop, "+8613800000001", tier="gold")
    other = person(shop, "+8613800000002")
    project_all(shop)
    for one in (gold, other):
        queued(shop, one)

    dispatch(shop)

    assert texts(sms) == ["【汇流】全场¥99，拒收请回复R", "【汇流】金卡尊享¥99，拒收请回复R"]


def test_a_queued_message_tells_the_price_of_the_moment_it_leaves(shop: World, sms: Recorder):
    """The same facts everywhere: also in what was decided before the price changed."""
    queued(shop, person(shop, "+8613800000001"))
    publish(shop, BRAND, BRIEF.replace("price: 99", "price: 89"), "test")

    dispatch(shop)

    assert texts(sms) == ["【汇流】全场¥89，拒收请回复R"]


def test_an_old_version_that_spells_the_old_price_is_not_sent(shop: World, sms: Recorder):
    """It was queued when it was right, and would be wrong by now."""
    spelt = TEMPLATE.replace("{{ brief.price }}", "¥99")
    version = publish(shop, BRAND, spelt, "test").version
    waiting = queued(shop, person(shop, "+8613800000001"), version)
    with pytest.raises(BadInput):
        publish(shop, BRAND, BRIEF.replace("price: 99", "price: 89"), "test")
    changed = [Offer(BRIEF.replace("price: 99", "price: 89")), Offer(TEMPLATE)]
    publish_all(shop, BRAND, changed, "test")

    dispatch(shop)

    assert texts(sms) == []
    assert message(shop, waiting).reason == "brief_contradicted"


def test_a_template_whose_brief_is_gone_is_not_sent(shop: World, sms: Recorder):
    """Nobody gets a message with a hole where the price was."""
    waiting = queued(shop, person(shop, "+8613800000001"))
    with shop.store.system() as tx:
        tx.documents.set_state(BRAND, "brief", "spring", "archived")

    dispatch(shop)

    assert (message(shop, waiting).status, message(shop, waiting).reason) == (
        "not_sent", "brief_missing",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (TEMPLATE.replace("brief: spring", "brief: autumn"), "briefs.no_such"),
        (TEMPLATE.replace("segment: gold", "segment: silver"), "templates.no_segment"),
        (TEMPLATE.replace("全场{{ brief.price }}", "全场88元"), "briefs.not_said"),
        (TEMPLATE.replace('，拒收请回复R"}\nvariants', '"}\nvariants'), "lint.sms_china_out"),
    ],
)  # fmt: skip
def test_what_nobody_should_get_is_not_published(shop: World, source: str, key: str):
    """No such brief, no such segment, another price, no way out."""
    assert source != TEMPLATE

    with pytest.raises(BadInput) as caught:
        publish(shop, BRAND, source, "test")

    assert key in [one.text.key for one in caught.value.problems]


def test_a_template_may_go_live_together_with_its_brief(world: World):
    """A folder holds both; neither is there before."""
    plain = TEMPLATE[: TEMPLATE.index("variants:")]
    publish_all(world, BRAND, [Offer(plain), Offer(BRIEF)], "test")

    with world.store.transaction(BRAND) as tx:
        kept = tx.documents.latest(BRAND, "template", "spring").source
    assert parse_template(kept).brief == "spring"
    with pytest.raises(BadInput):
        publish_all(
            world, BRAND,
            [Offer(plain.replace("{{ brief.price }}", "88元"), where="a.yaml"), Offer(BRIEF)],
            "test",
        )  # fmt: skip
