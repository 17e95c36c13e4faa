"""What leaves is what the settings say, signed as the specification has it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from huiliu.forwarding.destination import Destination, read_destination
from huiliu.forwarding.fields import read_source
from huiliu.forwarding.formats import FORMATS
from huiliu.forwarding.formats.base import Outgoing
from huiliu.forwarding.formats.csv import csv_header, csv_row
from huiliu.forwarding.items import ERASED, Item, item_id, items_of, tag_item
from huiliu.forwarding.signing import is_secret, signed_headers, verify
from huiliu.kernel.bodies import Body
from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import Event, Flag, Kind

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "A" * 43 + "="
AT = 1_700_000_000


def test_the_specifications_own_example_is_signed_as_it_says() -> None:
    """Source: the Standard Webhooks specification, the example of its libraries' tests."""
    headers = signed_headers(
        [SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@settings(max_examples=40)
@given(body=st.binary(max_size=200), message=st.text("abc_123", min_size=1, max_size=20))
def test_the_reference_library_accepts_what_we_sign_and_we_what_it_signs(
    body: bytes, message: str
) -> None:
    """Both ways; anything else about the message makes it false."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    text = body.hex().encode()
    ours = signed_headers([OTHER, SECRET], message, now, text)
    peer = Webhook(SECRET)

    peer.verify(text, ours, json_parse=False)
    assert (
        peer.sign(message, dt.datetime.fromtimestamp(now, dt.UTC), text.decode())
        in ours["webhook-signature"].split()
    )
    assert verify([SECRET], ours, text, now)
    assert not verify([SECRET], ours, text + b" ", now)
    assert not verify([SECRET], ours | {"webhook-id": message + "x"}, text, now)
    assert not verify(["whsec_" + "B" * 43 + "="], ours, text, now)
    with pytest.raises(WebhookVerificationError):
        peer.verify(b"{}", ours)


def test_the_reference_library_reads_a_whole_webhook_of_ours() -> None:
    """Headers and body together, as a receiver would check them."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    fact = Outgoing("msg_1", "tag.changed", "p_1", 0, {"id": "p_1"}, {"tag": "rfm", "value": "a"})
    (parcel,) = FORMATS["webhook"].pack("https://x.example", [SECRET], [fact], now * 1_000_000)

    said = Webhook(SECRET).verify(parcel.body, dict(parcel.headers))

    assert said == {
        "type": "tag.changed", "timestamp": "1970-01-01T00:00:00Z",
        "data": {"profile_id": "p_1", "id": "p_1", "tag": "rfm", "value": "a"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"webhook-id": "a"}, {"webhook-id": "a", "webhook-timestamp": "x"},
        {"webhook-id": "a", "webhook-timestamp": "٣", "webhook-signature": "v1,a"},
        {"webhook-id": "a", "webhook-timestamp": str(AT), "webhook-signature": "v1,\u00e9"},
    ],
)  # fmt: skip
def test_what_is_not_signed_is_not_taken(headers: dict[str, str]) -> None:
    """Missing or broken headers are a no, never an error."""
    assert not verify([SECRET], headers, b"{}", AT)


def test_a_signature_of_another_time_is_a_replay() -> None:
    """Five minutes either way."""
    headers = signed_headers([SECRET], "a", AT, b"{}")

    assert verify([SECRET], headers, b"{}", AT + 300)
    assert not verify([SECRET], headers, b"{}", AT + 301)
    assert not verify([SECRET], headers, b"{}", AT - 301)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "AAAA" * 10, "whsec_!!!!" * 9])
def test_a_weak_secret_is_none(secret: str) -> None:
    """Shorter than 24 bytes, or no base64."""
    assert not is_secret(secret)


def test_settings_say_everything_wrong_with_them_at_once() -> None:
    """Each with its path."""
    with pytest.raises(BadInput) as caught:
        read_destination({
            "name": "Bad Name", "format": "fax", "sends": ["dreams"], "events": "x",
            "fields": {"": "id", "a": "trait:", "b": "identifier:shoe"}, "properties": {"a": 1},
            "every": "1s", "segment": "!", "historical": "yes", "colour": 1,
        })  # fmt: skip

    assert {one.path for one in caught.value.problems} == {
        "name", "format", "sends", "events", "fields.", "fields.a", "fields.b", "properties",
        "every", "segment", "historical", "colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given_", "path"),
    [
        ({"format": "webhook", "secret": SECRET}, "url"),
        ({"format": "webhook", "url": "https://a.example", "secret": "x"}, "secret"),
        ({"format": "segment", "url": "https://a.example"}, "secret"),
        ({"format": "csv", "url": "https://a.example"}, "url"),
    ],
)  # fmt: skip
def test_each_format_says_what_it_needs(given_: dict[str, object], path: str) -> None:
    """An address and a secret for those that call, none for a file."""
    with pytest.raises(BadInput) as caught:
        read_destination({"name": "crm", **given_})

    assert [one.path for one in caught.value.problems] == [path]


def test_a_secret_that_is_not_said_again_stays() -> None:
    """A form never shows it, so it never sends it back."""
    before = Destination("crm", "webhook", "https://a.example", SECRET)
    after = read_destination({"name": "crm", "secret": "", "url": "https://b.example"}, before)

    assert (after.secret, after.url) == (SECRET, "https://b.example")


@pytest.mark.parametrize(
    ("written", "kind"),
    [("id", "id"), ("trait: city", "trait"), ("consent:email.profiling", "consent"),
     ("identifier:phone", "identifier"), ("id:x", None), ("consent:email.x", None), ("x", None),
     ("tag:No Slug", None)],
)  # fmt: skip
def test_a_source_is_read(written: str, kind: str | None) -> None:
    """What is none is not guessed."""
    found = read_source(written)

    assert (found.kind if found else None) == kind


def logged(name: str, kind: Kind = Kind.TRACK, flags: int = 0) -> Event:
    """Return a logged event."""
    return Event(0, 7, 1, 5, 5, name, kind, (), None, flags, b"{}")


ALL = Destination("crm", "webhook")


@pytest.mark.parametrize(
    ("event", "properties", "kinds"),
    [
        (logged("Order Paid"), {"total": 3}, ["profile", "event"]),
        (logged("$identify", Kind.IDENTIFY), {}, ["profile"]),
        (logged("Consent Withdrawn"), {"channel": "sms"}, ["consent", "profile"]),
        (logged("Consent Granted", Kind.INTERNAL), {}, ["consent", "profile"]),
        (logged("Address Suppressed", Kind.INTERNAL), {"reason": "bounce"}, ["suppression"]),
        (logged("$merge", Kind.INTERNAL), {"from": 4}, ["merged", "profile"]),
        (logged(ERASED, Kind.INTERNAL), {}, ["erasure"]),
        (logged("Message Sent", Kind.INTERNAL), {}, []),
        (logged("Order Paid", flags=Flag.TEST), {}, []),
        (logged("Order Paid", flags=Flag.HISTORICAL), {}, ["profile"]),
    ],
)
def test_an_event_is_what_it_is_to_a_destination(
    event: Event, properties: dict[str, object], kinds: list[str]
) -> None:
    """Consents, merges and erasures go as what they are, in the order in which they hold."""
    found = items_of(ALL, event, Body(properties=properties), 9)

    assert [one.kind for one in found] == kinds
    ids = [item_id(1, "crm", one) for one in found]
    assert len(set(ids)) == len(ids)
    assert ids == [
        item_id(1, "crm", one) for one in items_of(ALL, event, Body(properties=properties), 9)
    ]
    assert set(ids).isdisjoint(item_id(1, "other", one) for one in found)


def test_everybody_whose_tag_changed_at_one_instant_has_an_id_of_their_own() -> None:
    """A tag is computed for all at once; a receiver must not take one for a repeat of another."""
    items = [
        one for person in range(1, 50)
        for one in (tag_item("rfm", person, 7, "a"), Item("profile", person, 7, 7, "rfm"))
    ]  # fmt: skip

    assert len({item_id(1, "crm", one) for one in items}) == len(items)


def test_what_came_from_a_tool_does_not_go_back_to_it() -> None:
    """But to every other one."""
    body = Body(context={"library": {"name": "crm/crm"}})

    assert items_of(ALL, logged("$identify", Kind.IDENTIFY), body, 9) == []
    other = Destination("other", "webhook")
    assert [one.kind for one in items_of(other, logged("$identify", Kind.IDENTIFY), body, 9)] == [
        "profile"
    ]


def test_own_events_go_where_they_are_named() -> None:
    """A star alone means what people and servers sent."""
    to = Destination("crm", "webhook", events=("Message *",), sends=("events",))

    assert [one.name for one in items_of(to, logged("Message Sent", Kind.INTERNAL), Body(), 9)] == [
        "Message Sent"
    ]
    assert items_of(to, logged("Order Paid"), Body(), 9) == []


def fact(**changed: object) -> Outgoing:
    """Return a fact."""
    said: dict[str, object] = {
        "id": "msg_1", "type": "event", "profile": "p_1", "at": 0, "names": {"uid": "u1"},
        "data": {"properties": {"total": 3}}, "event": "Order Paid", "kind": "track",
        "identifiers": {"user_id": "u1"},
    }  # fmt: skip
    return Outgoing(**said | changed)  # type: ignore[arg-type] # by name


def test_segment_gets_its_own_calls() -> None:
    """Identify, alias, track, page; the message id is the fact's own."""
    facts = [
        fact(), fact(type="event", kind="page", event="$page"),
        fact(type="profile.created", data={"city": "Paris"}, identifiers={}),
        fact(type="profile.merged", data={"from": "p_2"}),
        fact(type="consent.changed", data={"state": "withdrawn"}, profile="", identifiers={}),
    ]  # fmt: skip
    (parcel,) = FORMATS["segment"].pack("https://s.example", ["key"], facts, 0)
    calls = json.loads(parcel.body)["batch"]

    assert parcel.url == "https://s.example/v1/batch"
    assert parcel.headers["authorization"] == "Basic a2V5Og=="
    assert [one["type"] for one in calls] == ["track", "page", "identify", "alias", "track"]
    assert [one.get("userId") for one in calls] == ["u1", "u1", "p_1", "u1", None]
    assert calls[2]["traits"] == {"uid": "u1", "city": "Paris"}
    assert calls[3]["previousId"] == "p_2"
    assert calls[4]["event"] == "Consent Withdrawn"


def test_segments_batches_keep_to_its_limits_and_lose_nothing() -> None:
    """At most 100 calls and 500 KB a request, in order."""
    facts = [fact(id=f"msg_{n}", data={"properties": {"x": "y" * 9_000}}) for n in range(230)]
    parcels = FORMATS["segment"].pack("https://s.example", ["key"], facts, 0)

    assert [at for one in parcels for at in one.holds] == list(range(230))
    assert max(len(one.body) for one in parcels) < 500_000
    assert max(len(one.holds) for one in parcels) <= 100


def test_a_row_holds_the_maps_fields_and_the_rest_as_json() -> None:
    """Whatever a fact says stands somewhere."""
    row = csv_row(fact(), ["uid", "city"])

    assert csv_header(["uid", "city"]) == (
        "id", "type", "at", "profile_id", "event", "uid", "city", "data",
    )  # fmt: skip
    assert row == (
        "msg_1", "event", "1970-01-01T00:00:00Z", "p_1", "Order Paid", "u1", "",
        '{"properties":{"total":3}}',
    )  # fmt: skip
