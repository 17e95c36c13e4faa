"""Rule packs where they count: what goes live, what goes out, what is live already."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from tests.integration.outbox import (
    Recorder,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND

from huiliu.governance.packs import shipped_packs
from huiliu.kernel.errors import BadInput
from huiliu.kernel.texts import render
from huiliu.messages.rules import plain_rules
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.look_at_packs import (
    add_override,
    end_override,
    found_content,
    list_packs,
    review_pack,
    switch_pack,
)
from huiliu.services.own_tasks import said_of
from huiliu.services.publish import publish
from huiliu.services.recheck_content import recheck_content
from huiliu.services.staff_tasks import finish_task, list_tasks

OFFER = """\
huiliu: 1
kind: template
slug: offer
name: {en: Offer}
channel: sms
class: marketing
locales:
  zh-CN:
    text: "【汇流】WORDS，拒收请回复R"
"""
LAW = "cn-advertising-law"


def offer(words: str) -> str:
    """Return a marketing message that says something."""
    return OFFER.replace("WORDS", words)


def changed(words: str) -> str:
    """Return the advertising law's pack with one more forbidden word."""
    before, here, after = shipped_packs()[LAW].source.partition("- 顶级\n")
    indent = before.rpartition("\n")[2]
    assert here
    return f"{before}{here}{indent}- {words}\n{after}"


def filled(words: str) -> bytes:
    """Return what a template is filled in with."""
    event = {"name": "Order Created", "occurred_at": 0, "properties": {}}
    return msgspec.json.encode({"event": event, "key": words})


def test_a_template_that_breaks_a_pack_does_not_go_live_and_says_where(world: World) -> None:
    """Published nowhere, with the line, the words and what to do in both languages."""
    with pytest.raises(BadInput) as refused:
        publish(world, BRAND, offer("全网最低价"), "test")

    problems = refused.value.problems
    assert {problem.path for problem in problems} == {"locales.zh-CN.text"}
    assert {problem.line for problem in problems} == {9}
    assert "最低" in render(problems[0].text, "zh-CN")
    assert "China Advertising Law" in render(problems[0].text, "en")


def test_every_branch_and_language_is_looked_at(world: World) -> None:
    """A forbidden word in one branch of one language is enough."""
    words = "{% if person.name %}新品{% else %}顶级新品{% endif %}到店"
    with pytest.raises(BadInput):
        publish(world, BRAND, offer(words), "test")

    assert publish(world, BRAND, offer("{% if person.name %}新品{% endif %}到店"), "test").is_new


def test_what_is_filled_in_is_looked_at_before_it_leaves(world: World) -> None:
    """A product's name can say what the template does not: that message is not sent."""
    sms = Recorder("sms")
    shop = with_providers(world, sms)
    publish(shop, BRAND, offer("{{ key }} 到店"), "test")
    li = someone(shop, phone="13800000001", consents=("sms",))
    fine = queue(shop, li, "offer", inputs=filled("丝绸衬衫"))
    bad = queue(shop, li, "offer", inputs=filled("顶级衬衫"))
    dispatch(shop)

    assert [message(shop, one).status for one in (fine, bad)] == ["sent", "not_sent"]
    assert message(shop, bad).reason == "content_blocked"


def test_an_override_lets_one_phrase_pass_until_it_is_taken_back(world: World) -> None:
    """Allowed with a proof in one place only; taken back, it blocks again."""
    made = add_override(
        world, BRAND, LAW, "absolute", proof="商标注册证 第 1234567 号", by="li@shop.example",
        phrase="顶级牌衬衫", subject="template offer",
    )  # fmt: skip
    assert publish(world, BRAND, offer("顶级牌衬衫到店"), "test").is_new
    with pytest.raises(BadInput):
        publish(world, BRAND, offer("顶级享受"), "test")

    end_override(world, BRAND, made.override_id, "li@shop.example")
    with pytest.raises(BadInput):
        publish(world, BRAND, offer("顶级牌衬衫到店了"), "test")


def test_an_override_without_a_proof_is_refused(world: World) -> None:
    """Somebody has to answer for it, and no rule is void for whatever it finds."""
    with pytest.raises(BadInput) as empty:
        add_override(world, BRAND, LAW, "absolute", proof=" ", by="li")
    with pytest.raises(BadInput) as whole:
        add_override(world, BRAND, LAW, "vice", proof="a licence", by="li")

    assert [one.path for one in empty.value.problems] == ["proof"]
    assert [one.path for one in whole.value.problems] == ["rule"]


def test_a_changed_pack_looks_at_live_content_again_and_asks_the_staff_once(world: World) -> None:
    """What was fine is objected to now: one task that says where, and none on the next round."""
    publish(world, BRAND, offer("云朵棉上市"), "test")
    recheck_content(world, 1)
    assert list_tasks(world, BRAND) == []

    publish(world, BRAND, changed("云朵棉"), "test", kind="pack")
    assert recheck_content(world, 1) == 1
    assert recheck_content(world, 1) == 0
    tasks = list_tasks(world, BRAND)
    found = found_content(world, BRAND)

    assert [one.link for one in tasks] == ["/packs/content"]
    assert "云朵棉" in render(said_of(tasks[0]), "zh-CN")  # type: ignore[arg-type]
    assert [(one.slug, one.n_block) for one in found] == [("offer", 1)]
    assert finish_task(world, BRAND, tasks[0].task_id, "done", "li").outcome == "done"


def test_a_pack_whose_own_examples_fail_does_not_go_live(world: World) -> None:
    """A rule that does not find what it says it finds is told with its place."""
    source = shipped_packs()[LAW].source.replace("顶级享受", "普通享受", 1)
    with pytest.raises(BadInput) as refused:
        publish(world, BRAND, source, "test", kind="pack")

    assert [one.text.key for one in refused.value.problems] == ["packs.bad_disproved"]


def test_an_overdue_review_asks_its_keeper_once_and_a_review_ends_it(world: World) -> None:
    """A pack past its date is on top of the list, and its keeper has a task."""
    late = shipped_packs()[LAW].source
    late = late.replace("2026-11-22", "2025-01-01").replace("2027-02-22", "2025-02-01")
    publish(world, BRAND, late, "test", kind="pack")
    recheck_content(world, 1)
    tasks = list_tasks(world, BRAND)
    first = list_packs(world, BRAND)[0]

    assert (first.pack.slug, first.is_overdue) == (LAW, True)
    assert [(one.link, one.assignee) for one in tasks] == [(f"/packs/{LAW}", "compliance")]

    today = list_packs(world, BRAND)[1].pack.review_due
    with pytest.raises(BadInput):
        review_pack(world, BRAND, LAW, "2020-01-01", "li")
    version = review_pack(world, BRAND, LAW, today.isoformat(), "li")
    assert version == 2
    assert not any(row.is_overdue for row in list_packs(world, BRAND) if row.pack.slug == LAW)


def test_a_pack_that_is_off_holds_for_nothing(world: World) -> None:
    """Switched off for a brand, it blocks nothing; switched on, it does again."""
    switch_pack(world, BRAND, LAW, "li", is_on=False)
    assert publish(world, BRAND, offer("顶级享受"), "test").is_new

    switch_pack(world, BRAND, LAW, "li", is_on=True)
    with pytest.raises(BadInput):
        publish(world, BRAND, offer("顶级享受啊"), "test")


def test_a_text_message_to_america_needs_its_sender_and_a_way_out(world: World) -> None:
    """The number tells the law: English to +1 is held against the rules of the US."""
    never = plain_rules(quiet_start=dt.time(), quiet_end=dt.time())
    shop = with_providers(world, Recorder("sms"), rules=never)
    source = OFFER.replace("zh-CN", "en")
    put_template(shop, source.replace("【汇流】WORDS，拒收请回复R", "Half price today only"))
    put_template(
        shop,
        source.replace(
            "【汇流】WORDS，拒收请回复R", "Acme: half price. Reply STOP to opt out"
        ).replace("slug: offer", "slug: fine"),
    )
    ann = someone(shop, phone="+12125550123", consents=("sms",), zone="America/New_York")
    bad, fine = queue(shop, ann, "offer"), queue(shop, ann, "fine")
    dispatch(shop)

    assert message(shop, bad).reason == "content_blocked"
    assert message(shop, fine).status == "sent"
