"""Preparing: from calls to events, personal values apart, bad calls beside the good."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huiliu.kernel.events import Flag, IdentifierType, Kind
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND, as_instant, show_instant
from huiliu.services.calls import parse_calls
from huiliu.services.prepare import Prepared, Preparer
from huiliu.stores.secrets import InstanceSecrets

NOW = as_instant("2026-11-22T04:00:00Z") or 0
SECRETS = InstanceSecrets(bytes(range(32)))


def prepare(*calls: Any, past: bool = False, by: Preparer | None = None, **batch: Any) -> Prepared:
    """Prepare calls as they would arrive now, first ones unless there is a preparer."""
    parsed, _ = parse_calls(json.dumps({"batch": calls, **batch}).encode())
    return (by or Preparer(SECRETS, 1)).prepare(parsed, NOW, historical=past)


def track(**changes: Any) -> dict[str, Any]:
    """Return a track call of Lin."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": "lin",
        "messageId": "m-1",
    } | changes


def body_of(prepared: Prepared) -> dict[str, Any]:
    """Return the body of the one event."""
    (event,) = prepared.events
    body: dict[str, Any] = json.loads(event.body)
    return body


def reasons(prepared: Prepared) -> list[str]:
    """Return why calls were refused."""
    return [problem.text.key.removeprefix("collect.") for _, problem in prepared.problems]


def test_an_ordinary_event_keeps_its_properties_as_they_came() -> None:
    """Nothing personal, of a user who is known: no vault, no subject."""
    preparer = Preparer(SECRETS, 1)
    preparer.settled(prepare(track(), by=preparer))
    properties = {"sku": "A1", "price": 9.5}

    prepared = prepare(track(properties=properties, anonymousId="a-1"), by=preparer)

    (event,) = prepared.events
    assert event.kind is Kind.TRACK
    assert event.name == "Product Viewed"
    assert json.loads(event.body) == {"properties": {"sku": "A1", "price": 9.5}}
    assert [one.type for one in event.identifiers] == [
        IdentifierType.USER_ID,
        IdentifierType.ANONYMOUS_ID,
    ]
    assert event.identifiers[0].key == SECRETS.identifier_key(1, IdentifierType.USER_ID, "lin")
    assert event.subject is None
    assert prepared.vault == []


def test_the_id_of_a_user_goes_to_the_vault_until_it_is_written_there() -> None:
    """Whoever only sent events can be named to other systems too; a lost write costs nothing."""
    preparer = Preparer(SECRETS, 1)
    lost, kept = (prepare(track(messageId=str(n)), by=preparer) for n in range(2))
    user = SECRETS.identifier_key(1, IdentifierType.USER_ID, "lin")

    assert [(row.subject, row.token, row.raw) for row in lost.vault] == [(user, user, "lin")]
    assert kept.vault == lost.vault
    assert kept.events[0].subject == user

    preparer.settled(kept)

    later = prepare(track(messageId="3"), track(messageId="4", userId="ma"), by=preparer)
    assert [row.raw for row in later.vault] == ["ma"]
    assert [event.subject is None for event in later.events] == [True, False]


def test_an_identify_call_fills_the_vault() -> None:
    """Every personal value is sealed under the strongest identifier."""
    prepared = prepare(
        {"type": "identify", "userId": "lin", "traits": {"email": "lin@example.com", "name": "林"}}
    )

    (event,) = prepared.events
    user = SECRETS.identifier_key(1, IdentifierType.USER_ID, "lin")
    email = SECRETS.identifier_key(1, IdentifierType.EMAIL, "lin@example.com")
    assert event.subject == user
    assert {(row.subject, row.token, row.field, row.raw) for row in prepared.vault} == {
        (user, user, "user_id", "lin"),
        (user, email, "email", "lin@example.com"),
        (user, SECRETS.token(1, "name", "林"), "name", "林"),
    }
    assert json.loads(event.body)["traits"]["email"] == f"vlt_{email.hex()}"


def test_the_senders_clock_is_put_right() -> None:
    """The event happened an hour before it was sent, by a clock that is a day behind."""
    prepared = prepare(
        track(timestamp=show_instant(NOW - DAY - HOUR)), sentAt=show_instant(NOW - DAY)
    )

    assert prepared.events[0].occurred_at == NOW - HOUR


def test_a_calls_own_sent_at_wins_over_the_batchs() -> None:
    """A queue sends calls of different times together."""
    call = track(originalTimestamp=show_instant(NOW - DAY), sentAt=show_instant(NOW - DAY + SECOND))

    prepared = prepare(call, sentAt=show_instant(NOW - MINUTE))

    assert prepared.events[0].occurred_at == NOW - SECOND


def test_a_time_without_sent_at_stands_as_it_is() -> None:
    """Nothing is known of the sender's clock."""
    assert prepare(track(timestamp="2018-06-01T00:00:00Z")).events[0].occurred_at == as_instant(
        "2018-06-01T00:00:00Z"
    )
    assert prepare(track()).events[0].occurred_at == NOW


def test_a_time_far_ahead_is_clamped_and_flagged() -> None:
    """Five minutes are allowed, not more."""
    near = prepare(track(timestamp=show_instant(NOW + 5 * MINUTE))).events[0]
    far = prepare(track(timestamp=show_instant(NOW + 5 * MINUTE + SECOND))).events[0]

    assert (near.occurred_at, near.flags) == (NOW + 5 * MINUTE, 0)
    assert (far.occurred_at, far.flags) == (NOW, Flag.CLAMPED)


@pytest.mark.parametrize("way", ["call", "batch", "context", "caller"])
def test_the_past_is_flagged_and_its_times_stand(way: str) -> None:
    """A historical event is not corrected by the clock that loads it."""
    call = track(timestamp="2018-06-01T00:00:00Z")
    more: dict[str, Any] = {"sentAt": show_instant(NOW - SECOND)}
    if way == "call":
        call["historical"] = True
    elif way == "batch":
        more["historical"] = True
    elif way == "context":
        call["context"] = {"historical": True}
    event = prepare(call, past=way == "caller", **more).events[0]

    assert event.flags == Flag.HISTORICAL
    assert event.occurred_at == as_instant("2018-06-01T00:00:00Z")


def test_one_bad_call_does_not_cost_the_good_ones() -> None:
    """Each bad call has its number and reason."""
    prepared = prepare(
        track(),
        track(type="sing"),
        track(event=""),
        track(event="x" * 201),
        track(event="Mail lin@example.com"),
        track(event="$merge"),
        track(userId=None),
        track(properties=[1]),
        track(timestamp="yesterday"),
        track(properties={"a": "x" * 40_000}),
        track(userId="u" * 600),
        {"type": "alias", "userId": "lin"},
        track(messageId="m-2"),
    )

    assert len(prepared.events) == 2
    assert [number for number, _ in prepared.problems] == list(range(1, 12))
    assert reasons(prepared) == [
        "unknown_type", "no_event_name", "long_name", "personal_name", "reserved_name",
        "no_identifier", "not_an_object", "bad_time", "too_large", "long_identifier", "no_new_id",
    ]  # fmt: skip


def test_problems_do_not_repeat_what_was_sent() -> None:
    """A reason is shown and logged, so it holds nothing personal."""
    prepared = prepare(track(event="Mail lin@example.com"), track(timestamp="13812345678"))

    said = " ".join(f"{p.path} {p.text}" for _, p in prepared.problems)
    assert "lin@" not in said
    assert "138" not in said


def test_a_message_id_makes_the_key_and_the_brand_is_part_of_it() -> None:
    """Two brands may use one messageId."""
    call, _ = parse_calls(json.dumps({"batch": [track()]}).encode())
    first = Preparer(SECRETS, 1).prepare(call, NOW).events[0].message_key

    assert Preparer(SECRETS, 1).prepare(call, NOW + 1).events[0].message_key == first
    assert Preparer(SECRETS, 2).prepare(call, NOW).events[0].message_key != first
    assert prepare(track(messageId=7)).events[0].message_key != first


def test_without_a_message_id_the_content_is_known_again_if_it_says_when() -> None:
    """A retry is a repeat; two clicks without a time are two clicks."""
    timed = track(messageId=None, timestamp="2026-11-22T03:00:00Z")
    untimed = track(messageId=None)

    repeated = prepare(timed, timed, track(messageId="", timestamp="2026-11-22T03:00:01Z"))
    clicks = prepare(untimed, untimed)

    assert len({event.message_key for event in repeated.events}) == 2
    assert len({event.message_key for event in clicks.events}) == 2


def test_a_page_carries_its_name_and_a_clean_address() -> None:
    """Name and category become properties; the address loses its personal parameters."""
    prepared = prepare(
        {"type": "page", "anonymousId": "a", "name": "首页", "category": "shop",
         "properties": {"url": "https://shop.example/?email=lin@example.com&q=1"}}
    )  # fmt: skip

    assert prepared.events[0].name == "$page"
    assert body_of(prepared)["properties"] == {
        "url": "https://shop.example/?q=1",
        "name": "首页",
        "category": "shop",
    }


def test_an_alias_names_the_new_id_first() -> None:
    """The former id may have been a user's or a device's."""
    (event,) = prepare({"type": "alias", "userId": "lin", "previousId": "a-1"}).events

    assert [one.type for one in event.identifiers] == [
        IdentifierType.USER_ID,
        IdentifierType.USER_ID,
        IdentifierType.ANONYMOUS_ID,
    ]
    assert event.identifiers[0].key == SECRETS.identifier_key(1, IdentifierType.USER_ID, "lin")


def test_a_group_is_told_by_its_id() -> None:
    """The group's own traits are kept, its name is no person's."""
    prepared = prepare(
        {"type": "group", "userId": "lin", "groupId": "g-1", "traits": {"name": "团购 3 群"}}
    )

    assert body_of(prepared) == {"groupId": "g-1", "traits": {"name": "团购 3 群"}}


def test_little_of_a_context_is_kept() -> None:
    """IP address, user agent, device and advertising ids go; library, locale and campaign stay."""
    prepared = prepare(
        track(
            channel="browser",
            context={
                "ip": "203.0.113.9", "userAgent": "Mozilla", "locale": "zh-CN", "secret": 1,
                "library": {"name": "analytics.js", "version": "1"},
                "device": {"id": "D-1", "advertisingId": "X", "type": "ios", "token": "push-1"},
                "page": {"url": "https://shop.example/?phone=13812345678", "path": "/"},
                "traits": {"email": "lin@example.com", "plan": "gold"},
                "externalIds": [{"type": "wechat_openid", "id": "o-1", "collection": "users"}],
            },
        )
    )  # fmt: skip

    assert body_of(prepared)["context"] == {
        "locale": "zh-CN",
        "channel": "browser",
        "page": {"url": "https://shop.example/", "path": "/"},
        "library": {"name": "analytics.js", "version": "1"},
        "device": {"type": "ios"},
    }
    assert [one.type.word for one in prepared.events[0].identifiers] == [
        "user_id", "device_token", "wechat_openid", "email",
    ]  # fmt: skip


def test_a_batchs_context_is_that_of_calls_without_one() -> None:
    """Servers send it once."""
    prepared = prepare(track(), context={"locale": "en"})

    assert body_of(prepared)["context"] == {"locale": "en"}


def test_a_user_id_that_is_an_address_is_hashed_and_vaulted() -> None:
    """The log never holds it, the vault does."""
    prepared = prepare(track(userId="lin@example.com"))

    assert [(row.field, row.raw) for row in prepared.vault] == [("user_id", "lin@example.com")]
    assert b"lin@" not in prepared.events[0].body


@pytest.mark.parametrize(
    "properties",
    ['{"a":1e999}', '{"a":"\\u0000"}', '{"a":' + "[" * 60 + "]" * 60 + "}",
     '{"\\u0065mail":"x"}', '{"a":123456789012345678901234567890}'],
)  # fmt: skip
def test_no_event_gets_into_the_log_that_its_readers_cannot_read(properties: str) -> None:
    """Numbers out of range, halves of letters, NUL and towers of lists are mended or refused."""
    raw = f'{{"batch":[{{"type":"track","event":"E","userId":"u","properties":{properties}}}]}}'
    parsed, _ = parse_calls(raw.encode())
    prepared = Preparer(SECRETS, 1).prepare(parsed, NOW)

    for event in prepared.events:
        text = event.body.decode()
        assert "\\u0000" not in text
        assert '"x"' not in text
        assert json.loads(text)
    assert len(prepared.events) + len(prepared.problems) == 1
