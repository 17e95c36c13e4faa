"""In-app messages wait for their person, are shown as things are then, and count each deed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from tests.integration.inapp.laying import (
    POPUP,
    cards,
    happened,
    laid,
    seen,
    shop,
    titles,
)
from tests.integration.outbox import (
    did,
    internal_events,
    message,
    put_template,
    same_person,
    someone,
)
from tests.integration.people import BRAND, NOW, project_all

from huiliu.channels import make_providers
from huiliu.journeys.matchers import Cancel, Matcher, Scope
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.channel import AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.world import World
from huiliu.services.apply_journey import apply_journey
from huiliu.services.inapp_cards import StoredCards
from huiliu.services.inapp_overview import list_inapp, withdraw
from huiliu.services.inapp_sync import Synced
from huiliu.services.live import live
from huiliu.services.moves import Moves
from huiliu.services.turn_away import turn_away
from huiliu.stores.clock import SimulatedClock

#: Makes the projector keep what cancels.
UNPAID = """\
huiliu: 1
kind: journey
slug: unpaid
name: {en: Unpaid}
entry: {event: Order Created, key: order_id}
exit_when: [{event: Order Paid}]
nodes:
  patience: {type: wait, for: 1h, next: done}
  done: {type: exit}
"""


def on_payment() -> bytes:
    """Return what makes a message pointless once its order is paid."""
    return Cancel.of([Matcher("Order Paid")]).stored(Scope("order_id", "o-1", NOW - HOUR))


@pytest.fixture
def brand(world: World) -> World:
    """Open the channel."""
    return shop(world)


def test_a_card_waits_for_its_person_without_a_yes_and_in_their_words(brand: World) -> None:
    """Nobody is called, so a pop-up needs no yes beforehand; it says what the template says."""
    ada = someone(brand, "Ada", consents=())
    sent = laid(brand, ada)

    told = seen(brand, ada)
    (card,) = cards(told)
    assert message(brand, sent).status == "sent"
    assert (card["id"], card["kind"], card["title"]) == (sent.hex(), "popup", "Ada，周末好物")
    assert card["ad"] is True
    assert card["ends_at"] == "2026-11-29T04:00:00Z"
    assert (card["trigger"].pages, card["trigger"].after) == (("/cart*",), 5)
    assert told.told is not None
    assert told.told["unread"] == 0


def test_its_words_are_sealed_in_the_database(brand: World, database_url: str) -> None:
    """A row names nobody, and what seals it belongs to the person."""
    ada = someone(brand, "Ada Lovelace")
    laid(brand, ada)

    with psycopg.connect(database_url) as connection:
        row = connection.execute("select inapp_cards::text, sealed from inapp_cards").fetchone()
        owner = connection.execute(
            "select profile_id from subject_keys where subject = (select subject from inapp_cards)"
        ).fetchone()
    assert row is not None
    assert "Lovelace" not in row[0]
    assert b"Lovelace" not in bytes(row[1])
    assert owner == (ada,)


def test_whose_key_is_destroyed_is_shown_nothing(brand: World, database_url: str) -> None:
    """Erasure takes the words with it, and nothing new is laid out for them."""
    ada = someone(brand, "Ada")
    laid(brand, ada)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update subject_keys set wrapped = null where profile_id = %s", (ada,))

    later = laid(brand, ada)

    assert titles(brand, ada) == []
    assert message(brand, later).status == "failed"


def test_a_deed_counts_once_however_often_it_is_told(brand: World) -> None:
    """Two phones and a lost answer make no second click; both hear of the first."""
    ada = someone(brand, "Ada")
    sent = laid(brand, ada)

    with ThreadPoolExecutor(8) as threads:
        new = list(threads.map(lambda _: happened(brand, ada, sent, "shown"), range(16)))
    happened(brand, ada, sent, "clicked")
    happened(brand, ada, sent, "clicked")

    assert sum(new) == 1
    assert message(brand, sent).status == "delivered"
    told = [(name, said) for name, said in internal_events(brand) if name != "Message Sent"]
    names = [name for name, _ in told]
    assert sorted(names) == sorted([
        "Message Delivered", "In-App Shown", "Message Opened", "In-App Clicked", "Message Clicked",
    ])  # fmt: skip
    clicked = dict(told)["Message Clicked"]
    assert (clicked["link"], clicked["machine"]) == ("https://shop.example/sale", False)
    assert dict(told)["In-App Shown"]["placement"] == "popup"


def test_nobody_tells_of_other_peoples_cards(brand: World) -> None:
    """A token opens one box."""
    ada, eve = someone(brand, "Ada"), someone(brand, "Eve")
    sent = laid(brand, ada)

    assert happened(brand, eve, sent, "dismissed") == 0
    assert titles(brand, eve) == []
    assert titles(brand, ada) == ["Ada，周末好物"]


def test_what_one_device_closed_or_read_is_so_on_all(brand: World) -> None:
    """A client that names what it knew gets the difference only."""
    ada = someone(brand, "Ada")
    popup, news = laid(brand, ada), laid(brand, ada, "news")
    first = seen(brand, ada)
    assert first.told is not None
    cursor = int(str(first.told["cursor"]))
    assert first.told["unread"] == 1
    assert seen(brand, ada, etag=first.etag).told is None

    happened(brand, ada, popup, "dismissed")
    happened(brand, ada, news, "read")

    after = seen(brand, ada, cursor=cursor, etag=first.etag)
    (card,) = cards(after)
    assert after.told is not None
    then = after.told
    assert (then["whole"], then["gone"], then["unread"]) == (False, [popup.hex()], 0)
    assert (card["id"], card["read"]) == (news.hex(), True)
    assert titles(brand, ada) == ["订单 o-1 已发货"]


def test_who_has_paid_meanwhile_is_not_asked_to_pay(brand: World) -> None:
    """The reason of a card is looked at when it is to be shown, not only when it was sent."""
    apply_journey(brand, BRAND, UNPAID, "test")
    ada = someone(brand, "Ada")
    laid(brand, ada, cancel_when=on_payment())
    before = seen(brand, ada)
    did(brand, ada, "Order Paid", order_id="o-1")
    project_all(brand)

    after = seen(brand, ada, etag=before.etag)

    assert len(cards(before)) == 1
    assert cards(after) == []


def test_who_says_no_is_advertised_to_no_more(brand: World) -> None:
    """A no holds for what waits already; news of an order stays."""
    ada = someone(brand, "Ada")
    laid(brand, ada)
    laid(brand, ada, "news")
    did(brand, ada, "Consent Withdrawn", channel="inapp", purpose="marketing")
    project_all(brand)

    assert titles(brand, ada) == ["订单 o-1 已发货"]
    refused = laid(brand, ada)
    assert message(brand, refused).reason == "consent_withdrawn"


def test_a_client_that_holds_a_card_lets_go_of_it_after_a_no(brand: World) -> None:
    """It asks only for what is new; a no, a yes again, and a merge are told to it all the same."""
    ada = someone(brand, "Ada")
    bought = someone(brand, "Ada", known_as=IdentifierType.ANONYMOUS_ID)
    laid(brand, bought, "news")
    first, second = laid(brand, ada), laid(brand, ada)
    held = seen(brand, ada)
    assert len(cards(held)) == 2

    def again(before: Synced) -> Synced:
        """Ask as a client that has the last answer."""
        assert before.told is not None
        return seen(brand, ada, cursor=int(str(before.told["cursor"])), etag=before.etag)

    did(brand, ada, "Consent Withdrawn", channel="inapp", purpose="marketing")
    project_all(brand)
    refused = again(held)
    assert refused.told is not None
    gone = refused.told["gone"]
    assert isinstance(gone, list)
    assert refused.told["whole"] or set(gone) == {first.hex(), second.hex()}
    assert cards(refused) == []
    assert again(refused).told is None

    did(brand, ada, "Consent Granted", NOW + HOUR, channel="inapp", purpose="marketing")
    project_all(brand)
    agreed = again(refused)
    assert len(cards(agreed)) == 2
    assert same_person(brand, ada, bought) == ada
    assert len(cards(again(agreed))) == 3


def test_who_objects_to_being_watched_is_not(brand: World) -> None:
    """The card knows that it was closed; the log does not."""
    ada = someone(brand, "Ada")
    sent = laid(brand, ada)
    did(brand, ada, "Consent Withdrawn", channel="inapp", purpose="profiling")
    project_all(brand)

    assert happened(brand, ada, sent, "dismissed") == 1
    names = [name for name, _ in internal_events(brand)]
    assert "In-App Dismissed" not in names
    assert titles(brand, ada) == []


def test_cards_move_with_a_merge(brand: World) -> None:
    """Who signs in finds what was laid out for the browser, and closes it for good."""
    anonymous = someone(brand, "Ada", known_as=IdentifierType.ANONYMOUS_ID)
    known = someone(brand, "Ada")
    first, second = laid(brand, anonymous), laid(brand, known, "news")
    ada = same_person(brand, anonymous, known)

    assert len(titles(brand, ada)) == 2
    assert happened(brand, ada, first, "dismissed") == 1
    assert happened(brand, ada, second, "read") == 1
    assert titles(brand, ada) == ["订单 o-1 已发货"]


def test_a_card_ends_when_it_says_so(brand: World, clock: SimulatedClock) -> None:
    """A pop-up lives seven days where nobody says otherwise, and no longer than its message."""
    ada = someone(brand, "Ada")
    laid(brand, ada)
    laid(brand, ada, "news", expires_at=clock.now() + HOUR)
    clock.advance(2 * HOUR)
    assert titles(brand, ada) == ["Ada，周末好物"]
    clock.advance(7 * DAY)
    assert titles(brand, ada) == []


def test_a_message_taken_back_is_met_by_nobody_any_more(brand: World) -> None:
    """Whoever closed it already is not counted, and the funnel says how far people went."""
    people = [someone(brand, f"P{nth}") for nth in range(3)]
    sent = [laid(brand, one) for one in people]
    happened(brand, people[0], sent[0], "shown")
    happened(brand, people[0], sent[0], "clicked")
    happened(brand, people[0], sent[0], "dismissed", "2")

    assert withdraw(brand, BRAND, "weekend") == 2
    assert withdraw(brand, BRAND, "weekend") == 0

    assert all(titles(brand, one) == [] for one in people)
    (row,) = list_inapp(brand, BRAND, kind="popup")
    assert (row.funnel.n_sent, row.funnel.n_shown, row.funnel.n_clicked) == (3, 1, 1)
    assert (row.funnel.n_dismissed, row.funnel.n_withdrawn, row.funnel.n_live) == (1, 2, 0)


def test_a_template_that_cannot_be_shown_stops(brand: World) -> None:
    """What its author got wrong would be wrong for everybody."""
    put_template(brand, POPUP.replace("weekend", "odd").replace("after 5s", "afterwards"))
    ada = someone(brand, "Ada")
    sent = laid(brand, ada, "odd")

    assert message(brand, sent).reason == "template_refused"


def test_the_same_message_laid_out_again_is_the_same_card(brand: World) -> None:
    """A worker that died between the card and its answer does no harm."""
    ada = someone(brand, "Ada")
    box = StoredCards(brand.store, brand.secrets, brand.zone)
    provider = make_providers(brand.clock, cards=box)["inapp"]
    account = ChannelAccount(BRAND, "inapp", "main", {}, provider="inapp")
    parts = {"type": "banner", "title": "Hello", "image": "http://insecure.example/a.png"}
    one = OutboundMessage(b"m" * 16, show_profile_id(ada), parts, "service", brand.clock.now())
    stranger = OutboundMessage(b"n" * 16, show_profile_id(7), parts, "service", brand.clock.now())
    nowhere = OutboundMessage(b"o" * 16, "ada@shop.example", parts, "service", brand.clock.now())

    states = [
        [answer.state for answer in provider.send(account, [one, stranger, nowhere])]
        for _ in range(2)
    ]

    (card,) = cards(seen(brand, ada))
    assert set(states[0]) == {AnswerState.ACCEPTED, AnswerState.REJECTED}
    assert states[0] == states[1]
    assert "image" not in card


def test_a_crowd_is_not_turned_away_for_a_yes_that_is_not_needed(brand: World) -> None:
    """A campaign lays cards out for people who never said anything; by e-mail it would not go."""
    ada = someone(brand, "Ada", consents=())
    now = brand.clock.now()
    kept = {}
    for channel in ("inapp", "email"):
        one = QueuedMessage(
            BRAND, channel.encode().ljust(16, b"."), ada, "sale", 1, b"r" * 16, "send", channel,
            "weekend", 1, "marketing", now, 0, now, b"", b"",
        )  # fmt: skip
        with brand.store.system() as tx:
            moves = Moves(tx, brand, BRAND, live(tx, brand, BRAND), now, 0, messages=[one])
            told = turn_away(tx, brand, moves)
            kept[channel] = (len(moves.messages), len(told))

    assert kept == {"inapp": (1, 0), "email": (0, 1)}
