"""WeCom end to end: customers come by codes, are greeted in time, and get what is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.ground.standing import Ground, ground
from tests.integration.outbox import message, put_template, queue
from tests.integration.people import BRAND, project_all

from huiliu.fakes.providers.cloud import Given
from huiliu.fakes.providers.wecom import FakeWecom
from huiliu.kernel.errors import BadInput, Conflict, PlatformFailed
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND
from huiliu.ports.world import World
from huiliu.services.channel_accounts import add_account
from huiliu.services.dispatch import dispatch
from huiliu.services.platform_lookups import look_people_up
from huiliu.services.receive import receive
from huiliu.services.scan_codes import NewCode, end_code, list_codes, make_code
from huiliu.services.staff_tasks import list_tasks
from huiliu.services.wecom_greetings import greet_customers
from huiliu.services.wecom_jobs import (
    ask_groups,
    cancel_job,
    follow_jobs,
    list_groups,
    list_jobs,
    remind,
)
from huiliu.stores.clock import SimulatedClock

TEA = """\
huiliu: 1
kind: template
slug: tea
name: {zh-CN: 新茶}
channel: wecom
class: service
locales:
  zh-CN: {text: "明前龙井到店了", type: link, title: "青山茶铺", url: "https://tea.example/new"}
"""
STORE = NewCode("wecom", "main", "hz-store", "杭州店", answer="tea", users=("zhangsan",))


@pytest.fixture
def wecom(clock: SimulatedClock) -> Iterator[FakeWecom]:
    """Run a fake WeCom."""
    with FakeWecom(now=clock.now) as running:
        yield running


@pytest.fixture
def shop(world: World, clock: SimulatedClock, wecom: FakeWecom, tmp_path: Path) -> Iterator[Ground]:
    """Stand on it, with a template."""
    with ground(world, clock, wecom, tmp_path, "wecom") as opened:
        put_template(opened.world, TEA)
        yield opened


def customer(shop: Ground, wecom: FakeWecom, name: str, state: str = "") -> int:
    """Let somebody add an employee, and return who that is."""
    shop.told(wecom.add(name, state=state))
    return shop.who("wecom_userid", name)


def queued(shop: Ground, profile_id: int) -> bytes:
    """Queue a message for somebody."""
    return queue(shop.world, profile_id, "tea", channel="wecom")


def settle(shop: Ground) -> None:
    """Take in all results."""
    follow_jobs(shop.world, 10)
    while receive(shop.world):
        pass


def test_an_address_is_verified_by_what_it_decrypts(shop: Ground, wecom: FakeWecom) -> None:
    """WeCom asks with a cipher text and expects its plain text, nothing else."""
    from urllib.parse import quote, urlsplit

    from huiliu.fakes.providers.wechat_ground import seal
    from huiliu.messages.wechat_crypto import sign

    config = wecom.config
    echo = seal(b"5826301234", config["aes_key"], config["corp_id"])
    at = str(wecom.now() // SECOND)
    good = sign(config["token"], at, "n1", echo)
    path = urlsplit(wecom.callback_url).path
    asked = f"{path}?timestamp={at}&nonce=n1&echostr={quote(echo, safe='')}&msg_signature="
    answer = shop.http.get(asked + good)
    assert (answer.status_code, answer.content) == (200, b"5826301234")
    assert shop.http.get(asked + good[:-1] + "x").status_code == 403


def test_a_code_greets_who_comes_by_it(shop: Ground, wecom: FakeWecom) -> None:
    """State, greeting and contact point: the person is greeted once, in time, by the template."""
    code = make_code(shop.world, BRAND, STORE, "test")
    assert code.url.startswith("https://wework.qpic.cn/")
    assert code.ticket in wecom.ways
    push = wecom.add("wmAda", state="hz-store")
    assert [shop.hand_over(push)[0] for _ in range(3)] == [200] * 3
    assert [greet_customers(shop.world, 10) for _ in range(2)] == [1, 0]
    (said,) = wecom.greeted.values()
    assert said["text"] == {"content": "明前龙井到店了"}  # type: ignore[index] # a JSON object
    project_all(shop.world)
    assert shop.events().count("WeCom Customer Added") == 1
    me = shop.who("wecom_userid", "wmAda")
    with shop.world.store.system() as tx:
        assert len(tx.contacts.of_people(BRAND, "wecom", [me])[me]) == 1


def test_a_greeting_that_comes_too_late_is_not_tried(
    shop: Ground, wecom: FakeWecom, clock: SimulatedClock
) -> None:
    """After twenty seconds the code is dead; who came by no code of ours is not greeted either."""
    make_code(shop.world, BRAND, STORE, "test")
    shop.told(wecom.add("wmLate", state="hz-store"))
    clock.advance(20 * SECOND)
    assert greet_customers(shop.world, 10) == 1
    shop.told(wecom.add("wmOther", state="unknown"))
    assert greet_customers(shop.world, 10) == 1
    assert wecom.greeted == {}
    with shop.world.store.system() as tx:
        assert tx.wecom.greeting_counts(BRAND, 0) == {"late": 1, "nothing": 1}


def test_the_name_in_all_apps_joins_a_customer_to_who_they_are(
    shop: Ground, wecom: FakeWecom
) -> None:
    """The unionid is asked for after the callback; a customer of nobody loses the contact point."""
    me = customer(shop, wecom, "wmUnion")
    assert look_people_up(shop.world, 10) == 1
    project_all(shop.world)
    assert shop.who("wechat_unionid", "union-wmUnion") == me
    shop.told(wecom.leave("wmUnion"))
    look_people_up(shop.world, 10)
    project_all(shop.world)
    with shop.world.store.system() as tx:
        assert tx.contacts.of_people(BRAND, "wecom", [me]) == {}


def test_who_still_has_another_employee_is_reached_still(shop: Ground, wecom: FakeWecom) -> None:
    """One of two employees was removed: nothing ends."""
    me = customer(shop, wecom, "wmTwo")
    wecom.add("wmTwo", employee="lisi")
    shop.told(wecom.leave("wmTwo"))
    look_people_up(shop.world, 10)
    project_all(shop.world)
    with shop.world.store.system() as tx:
        assert len(tx.contacts.of_people(BRAND, "wecom", [me])[me]) == 1


def test_a_message_is_delivered_when_an_employee_confirms_it(
    shop: Ground, wecom: FakeWecom, clock: SimulatedClock
) -> None:
    """One task for all who get the same words; it waits, is a staff task, then is delivered."""
    names = [f"wm{one}" for one in "ABCDE"]
    sent = [queued(shop, customer(shop, wecom, one)) for one in names]
    full = queued(shop, customer(shop, wecom, "wmOver_full"))
    dispatch(shop.world)
    (job,) = wecom.tasks
    assert {message(shop.world, one).status for one in sent} == {"sent"}
    assert [one.link for one in list_tasks(shop.world, BRAND)] == ["/wecom/jobs"]
    clock.advance(MINUTE)
    settle(shop)
    assert {message(shop.world, one).status for one in sent} == {"sent"}
    wecom.confirm(job)
    clock.advance(MINUTE)
    settle(shop)
    assert {message(shop.world, one).status for one in sent} == {"delivered"}
    assert message(shop.world, full).status == "failed"
    (row,) = list_jobs(shop.world, BRAND)
    assert (row.n_asked, row.n_sent, row.n_failed, row.n_waiting) == (6, 5, 1, 0)
    assert row.ended_at
    assert len(wecom.sent) == 5


def test_what_nobody_confirms_is_taken_back(
    shop: Ground, wecom: FakeWecom, clock: SimulatedClock
) -> None:
    """After three days the task is cancelled over there and the message has failed here."""
    known = queued(shop, customer(shop, wecom, "wmWaits"))
    dispatch(shop.world)
    (job,) = wecom.tasks
    clock.advance(3 * DAY + MINUTE)
    settle(shop)
    assert wecom.tasks[job].is_cancelled
    assert message(shop.world, known).status == "failed"
    wecom.confirm(job)
    assert not wecom.sent


@pytest.mark.parametrize("code", [-1, 45009, 48002])
def test_what_cannot_be_taken_back_now_is_under_way_still(
    shop: Ground,
    wecom: FakeWecom,
    clock: SimulatedClock,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    """Busy or shut out it is no failed message: an employee may confirm it still."""
    known = queued(shop, customer(shop, wecom, "wmWaits"))
    dispatch(shop.world)
    (job,) = wecom.tasks
    clock.advance(3 * DAY + MINUTE)
    refusal = Given({"errcode": code, "errmsg": "busy"})
    with monkeypatch.context() as patched:
        patched.setattr(wecom, "_cancel", lambda _: refusal)
        settle(shop)
        with pytest.raises(PlatformFailed):
            cancel_job(shop.world, BRAND, "main", job)
    assert message(shop.world, known).status == "sent"
    wecom.confirm(job)
    clock.advance(2 * HOUR)
    settle(shop)
    assert message(shop.world, known).status == "delivered"


def test_a_customer_of_nobody_is_reached_no_more(shop: Ground, wecom: FakeWecom) -> None:
    """fail_list and 40096 end the contact point; the others of the call get theirs."""
    good = queued(shop, customer(shop, wecom, "wmGood"))
    lost = queued(shop, customer(shop, wecom, "wmLost_nobody"))
    bad = queued(shop, customer(shop, wecom, "wmX_bad"))
    dispatch(shop.world)
    assert message(shop.world, good).status == "sent"
    assert message(shop.world, lost).status in {"failed", "not_sent"}
    assert message(shop.world, bad).status in {"failed", "not_sent"}
    project_all(shop.world)
    with shop.world.store.system() as tx:
        who = shop.who("wecom_userid", "wmLost_nobody")
        assert tx.contacts.of_people(BRAND, "wecom", [who]) == {}


def test_a_customer_gets_no_more_than_a_month_allows(
    shop: Ground, wecom: FakeWecom, clock: SimulatedClock
) -> None:
    """The account's own number is the limit; what is over it waits for the next month."""
    add_account(
        shop.world, BRAND, "wecom", "main", {**wecom.config, "monthly_messages": "1"}, "wecom"
    )
    me = customer(shop, wecom, "wmMonthly")
    first, second = queued(shop, me), queued(shop, me)
    dispatch(shop.world)
    dispatch(shop.world)
    found = {message(shop.world, first).status, message(shop.world, second).status}
    assert found == {"sent", "queued"}
    assert len(wecom.tasks) == 1
    held = next(
        row for one in (first, second)
        if (row := message(shop.world, one)).status == "queued"
    )  # fmt: skip
    # From the first of December in China on.
    assert held.queued.not_before == clock.now() + 8 * DAY + 12 * HOUR


def test_a_token_that_ended_is_renewed_once_and_nobody_notices(
    shop: Ground, wecom: FakeWecom
) -> None:
    """40014 renews; the message goes."""
    first = queued(shop, customer(shop, wecom, "wmFirst"))
    dispatch(shop.world)
    wecom.end_token()
    second = queued(shop, customer(shop, wecom, "wmSecond"))
    dispatch(shop.world)
    assert {message(shop.world, one).status for one in (first, second)} == {"sent"}
    assert wecom.n_tokens == 2


def test_employees_are_reminded_three_times_a_day_at_most(
    shop: Ground, wecom: FakeWecom, clock: SimulatedClock
) -> None:
    """The fourth is refused here; a day later it goes again."""
    queued(shop, customer(shop, wecom, "wmSlow"))
    dispatch(shop.world)
    (job,) = wecom.tasks
    for _ in range(3):
        remind(shop.world, BRAND, "main", job)
    with pytest.raises(Conflict):
        remind(shop.world, BRAND, "main", job)
    clock.advance(DAY + SECOND)
    remind(shop.world, BRAND, "main", job)
    cancel_job(shop.world, BRAND, "main", job)
    with pytest.raises(Conflict):
        cancel_job(shop.world, BRAND, "main", job)


def test_groups_get_a_message_by_their_owner(
    shop: Ground, wecom: FakeWecom, clock: SimulatedClock
) -> None:
    """Every page of groups is read; the owner has a task until they sent it."""
    groups = list_groups(shop.world, BRAND, "main")
    assert [one.owner for one in groups] == ["zhangsan", "zhangsan"]
    chats = [one.chat_id for one in groups]
    with pytest.raises(BadInput) as refused:
        ask_groups(
            shop.world, BRAND, "main", owner="", chats=[], template="none", by="test"
        )  # fmt: skip
    assert [one.path for one in refused.value.problems] == ["template", "owner", "chats"]
    job = ask_groups(
        shop.world, BRAND, "main", owner="zhangsan", chats=chats, template="tea", by="test"
    )
    (task,) = list_tasks(shop.world, BRAND)
    assert task.assignee == "zhangsan"
    wecom.confirm(job.job)
    clock.advance(MINUTE)
    follow_jobs(shop.world, 10)
    (row,) = list_jobs(shop.world, BRAND)
    assert (row.kind, row.n_sent, bool(row.ended_at)) == ("groups", 2, True)


def test_a_code_that_was_taken_back_frees_its_word(shop: Ground, wecom: FakeWecom) -> None:
    """Twice the same word is a conflict, after an end it is not; a bad one keeps nothing."""
    code = make_code(shop.world, BRAND, STORE, "test")
    with pytest.raises(Conflict):
        make_code(shop.world, BRAND, STORE, "test")
    end_code(shop.world, BRAND, code.code_id)
    assert wecom.ways == {}
    make_code(shop.world, BRAND, STORE, "test")
    with pytest.raises(BadInput) as refused:
        make_code(
            shop.world, BRAND, NewCode("wecom", "main", "x" * 31, "", answer="no"), "test"
        )  # fmt: skip
    assert [one.path for one in refused.value.problems] == ["scene", "name", "users", "answer"]
    assert len(list_codes(shop.world, BRAND, "wecom")) == 2


def test_what_the_platform_refuses_leaves_no_code(shop: Ground, wecom: FakeWecom) -> None:
    """A wrong secret: nothing is kept, the word is free."""
    add_account(
        shop.world, BRAND, "wecom", "main", {**wecom.config, "corp_secret": "wrong"}, "wecom"
    )
    with pytest.raises(PlatformFailed):
        make_code(shop.world, BRAND, STORE, "test")
    assert list_codes(shop.world, BRAND, "wecom") == []
