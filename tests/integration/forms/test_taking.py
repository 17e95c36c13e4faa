"""A form that is filled in becomes events of the right person, once, with proof of each consent."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.forms.filling import BRAND, FORM, LANDING, fill, live, send
from tests.integration.outbox import Recorder, with_providers
from tests.integration.people import project_all

from huiliu.governance.normalisation import normalise
from huiliu.kernel.events import Event, IdentifierType
from huiliu.kernel.times import DAY, SECOND
from huiliu.ports.world import World
from huiliu.services.form_tokens import person_token
from huiliu.services.ingest import accept

MAIL = {"q.email": "li@mail.example"}


@pytest.fixture
def shop(world: World) -> World:
    """Wire a shop whose form is live."""
    wired = with_providers(world, Recorder())
    live(wired)
    return wired


@pytest.fixture
def browser(shop: World, tmp_path: Path) -> Visitor:
    """Come to the web application without any cookie."""
    return visitor(shop, tmp_path)


def logged(world: World, name: str = "") -> list[Event]:
    """Return what the log holds, of one name or all."""
    with world.store.system() as tx:
        found = tx.log.read(0, 0, 1_000)
    return [one for one in found if not name or one.name == name]


def properties(world: World, name: str) -> list[dict[str, object]]:
    """Return the properties of all events of a name."""
    return [msgspec.json.decode(one.body).get("properties", {}) for one in logged(world, name)]


def whose(world: World, type_: IdentifierType, written: str) -> int:
    """Return the profile that an address belongs to; 0 = nobody's."""
    key = world.secrets.identifier_key(BRAND, type_, normalise(type_, written) or "")
    with world.store.system() as tx:
        return tx.people.resolve(BRAND, [key]).get(key, 0)


def known(world: World, **names: str) -> int:
    """Return somebody whom the brand knows by these traits."""
    call = {"type": "identify", "userId": names.pop("user", "u1"), "traits": names}
    with world.store.system() as tx:
        accept(tx, world, BRAND, [call], received_at=world.clock.now(), historical=False)
    project_all(world)
    type_ = IdentifierType.PHONE if "phone" in names else IdentifierType.EMAIL
    return whose(world, type_, next(iter(names.values())))


def traits(world: World, profile: int) -> dict[str, object]:
    """Return a person's traits as they are stored."""
    with world.store.system() as tx:
        row = tx.people.profiles(BRAND, [profile])[profile]
    return {name: value for name, (value, _, _) in row.traits.items()}


def test_a_form_makes_a_person_with_answers_campaign_and_consent(shop: World, browser: Visitor):
    """What somebody fills in is one person's: address, traits, answers, where they came from."""
    answers = {**MAIL, "q.skin": "dry", "q.likely": "9", "c.news": "1"}
    done = fill(shop, browser, answers, "/f/welcome?utm_source=xhs&utm_campaign=autumn")
    project_all(shop)

    assert done.status_code == 200
    assert "HELLO10" in done.text
    li = whose(shop, IdentifierType.EMAIL, "li@mail.example")
    found = traits(shop, li)
    assert found["skin_type"] == "dry"
    assert found["utm_source"] == found["first_utm_source"] == "xhs"
    assert found["utm_campaign"] == "autumn"
    told = {one["question"]: one["answer"] for one in properties(shop, "Survey Answered")}
    assert told == {"skin": "dry", "likely": 9}
    with shop.store.system() as tx:
        assert tx.people.consents(BRAND, [li])[li]["email", "marketing"] == "granted"
        proof = tx.people.consent_history(BRAND, li)[0]
    assert proof.method == "form"
    assert proof.evidence["form"] == "welcome"
    assert properties(shop, "Reward Promised")[0]["code"] == "HELLO10"


def test_a_box_that_is_not_ticked_grants_nothing(shop: World, browser: Visitor):
    """Silence is no consent, and no box comes ticked."""
    opened = browser.get("/f/welcome")
    assert " checked" not in opened.text

    send(shop, browser, opened.text, MAIL)
    project_all(shop)

    assert logged(shop, "Consent Granted") == []


def test_nothing_that_was_typed_stands_in_the_log(shop: World, browser: Visitor):
    """Addresses and free words are in the vault only."""
    fill(shop, browser, {**MAIL, "q.likely": "3", "q.why": "Zu teuer, Herr Li", "c.news": "1"})

    whole = b"".join(one.body for one in logged(shop))
    assert b"mail.example" not in whole.replace(b'"email_domain":"mail.example"', b"")
    assert b"teuer" not in whole
    assert properties(shop, "Survey Answered")[1]["comment"].startswith("vlt_")  # type: ignore[attr-defined] # a token


def test_the_same_page_sent_twice_is_taken_once(shop: World, browser: Visitor):
    """A double click and a bad connection change nothing."""
    page = browser.get("/f/welcome").text
    first = send(shop, browser, page, MAIL)
    before = len(logged(shop))
    again = send(shop, browser, page, MAIL)

    assert first.status_code == again.status_code == 200
    assert "HELLO10" in again.text
    assert len(logged(shop)) == before


def test_a_reward_is_promised_to_a_person_once(shop: World, browser: Visitor):
    """Whoever fills the form in again gets no second coupon."""
    fill(shop, browser, MAIL)
    project_all(shop)
    again = fill(shop, browser, {"q.email": "LI@mail.example"})

    assert "HELLO10" not in again.text
    assert len(properties(shop, "Reward Promised")) == 1


def test_a_form_that_takes_each_once_says_so(shop: World, browser: Visitor):
    """The second time nothing is written."""
    live(shop, FORM + "once: true\n")
    fill(shop, browser, MAIL)
    before = len(logged(shop))
    again = fill(shop, browser, MAIL)

    assert 'data-done="before"' in again.text
    assert len(logged(shop)) == before


def test_what_is_wrong_is_said_beside_each_question_and_nothing_is_lost(
    shop: World, browser: Visitor
):
    """All faults at once, what was typed still there."""
    wrong = fill(shop, browser, {"q.phone": "12", "q.email": "li@", "q.likely": "11"})

    assert wrong.status_code == 422
    assert wrong.text.count('class="field-error"') == 3
    assert 'value="li@"' in wrong.text
    assert logged(shop) == []


def test_a_consent_without_an_address_asks_for_it(shop: World, browser: Visitor):
    """To agree to e-mail is to give an e-mail address."""
    wrong = fill(shop, browser, {"q.phone": "13912345678", "c.news": "1"})

    assert wrong.status_code == 422
    assert 'id="e-email"' in wrong.text


def test_programs_are_kept_away(shop: World, browser: Visitor):
    """A filled trap is thanked and dropped; no work, or no time, is not taken."""
    trapped = fill(shop, browser, {**MAIL, "website": "http://spam.example"})
    lazy = browser.post("/f/welcome", data={**MAIL, "challenge": "x", "proof": "1"})
    fast = fill(shop, browser, MAIL, wait=SECOND)
    late = fill(shop, browser, MAIL, wait=2 * DAY)

    assert trapped.status_code == 200
    assert [one.status_code for one in (lazy, fast, late)] == [422, 422, 422]
    assert "li@mail.example" in late.text
    assert logged(shop) == []
    with shop.store.system() as tx:
        told = {what for _, what in tx.forms.counts(BRAND, "welcome", 0)}
    assert told == {"away.trap", "away.broken", "away.fast", "away.expired"}


def test_a_challenge_of_another_form_is_none_of_this_one(shop: World, browser: Visitor):
    """Work that was done once cannot be spent on every form."""
    live(shop, FORM.replace("slug: welcome", "slug: other"))
    page = browser.get("/f/other").text

    assert send(shop, browser, page, MAIL).status_code == 422


def test_a_link_in_a_message_asks_only_for_what_is_lacking(shop: World, browser: Visitor):
    """Who has a phone is asked for the e-mail address, which becomes theirs."""
    li = known(shop, phone="13912345678")
    address = f"/f/welcome?me={person_token(shop, BRAND, li)}"
    page = browser.get(address).text
    assert 'name="q.phone"' not in page
    assert 'name="q.email"' in page

    send(shop, browser, page, {**MAIL, "c.news": "1"})
    project_all(shop)

    assert whose(shop, IdentifierType.EMAIL, "li@mail.example") == li
    with shop.store.system() as tx:
        assert tx.people.consents(BRAND, [li])[li]["email", "marketing"] == "granted"


def test_an_address_of_somebody_else_is_joined_with_nothing(shop: World, browser: Visitor):
    """Whoever knows a phone number cannot add their own e-mail address to its owner."""
    li = known(shop, phone="13912345678")
    fill(shop, browser, {"q.phone": "13912345678", **MAIL, "q.skin": "oily"})
    project_all(shop)

    stranger = whose(shop, IdentifierType.EMAIL, "li@mail.example")
    assert stranger not in {0, li}
    assert "skin_type" not in traits(shop, li)


def test_somebody_who_gives_only_a_known_address_changes_nothing_of_it(
    shop: World, browser: Visitor
):
    """The answers are theirs to the best of what we know; their traits stay as they are."""
    li = known(shop, phone="13912345678", skin_type="dry")
    fill(shop, browser, {"q.phone": "139 1234 5678", "q.skin": "oily", "q.likely": "10"})
    project_all(shop)

    assert traits(shop, li)["skin_type"] == "dry"
    assert whose(shop, IdentifierType.PHONE, "13912345678") == li


def test_a_brand_may_take_visitors_at_their_word(shop: World, browser: Visitor):
    """`trusts_claims` joins what was typed together."""
    live(shop, FORM + "trusts_claims: true\n")
    li = known(shop, phone="13912345678")
    fill(shop, browser, {"q.phone": "13912345678", **MAIL})
    project_all(shop)

    assert whose(shop, IdentifierType.EMAIL, "li@mail.example") == li


def test_a_form_opens_and_closes_when_it_says(shop: World, browser: Visitor):
    """A closed form says so and takes nothing."""
    live(shop, FORM + "closes_at: '2026-11-22T12:00:00+08:00'\n")

    closed = browser.get("/f/welcome")
    assert 'data-done="closed"' in closed.text
    assert 'name="challenge"' not in closed.text


def test_a_form_out_of_use_is_not_found(shop: World, browser: Visitor):
    """Neither is one that never was, nor an address that cannot name one."""
    for path in ("/f/nothing", "/f/-", "/f/99999999.welcome", "/l/welcome", "/f/2.welcome"):
        assert browser.get(path).status_code == 404


def test_a_landing_page_tells_search_engines_what_it_is(shop: World, browser: Visitor):
    """Description, canonical address, languages, and the answers as structured data."""
    live(shop, LANDING)
    page = browser.get("/l/welcome?lang=en")

    assert page.status_code == 200
    assert '<link rel="canonical" href="https://huiliu.example/l/welcome">' in page.text
    assert 'hreflang="zh-CN"' in page.text
    assert '"@type":"FAQPage"' in page.text
    assert "noindex" not in browser.get("/l/welcome").text
    assert "https://huiliu.example/l/welcome" in browser.get("/sitemap.xml").text
    assert "Disallow: /" in browser.get("/robots.txt").text
    done = fill(shop, browser, {**MAIL, "lang": "en"}, "/l/welcome?lang=en")
    assert "Thank you" in done.text


def test_a_form_stands_in_no_frame_but_those_of_its_pages(shop: World, browser: Visitor):
    """The policy of the page names the brand's own origins, and only where it is framed."""
    live(shop, FORM + "embed: ['https://m.shop.example']\npop_up: {after: 3}\n")

    alone = browser.get("/f/welcome").headers["content-security-policy"]
    framed = browser.get("/f/welcome?frame=1").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in alone
    assert "frame-ancestors https://m.shop.example" in framed
    own = browser.get("/f/welcome/pop-up.json", headers={"origin": "https://m.shop.example"})
    other = browser.get("/f/welcome/pop-up.json", headers={"origin": "https://evil.example"})
    assert own.headers["access-control-allow-origin"] == "https://m.shop.example"
    assert "access-control-allow-origin" not in other.headers


def test_a_look_is_counted_and_makes_nobody(shop: World, browser: Visitor):
    """Views of people who are not known are numbers; of those who are, events."""
    page = browser.get("/f/welcome").text
    said = {"challenge": page.partition('data-challenge="')[2].partition('"')[0], "place": "page"}
    assert browser.post("/f/welcome/seen", data=said).status_code == 204
    assert logged(shop) == []

    li = known(shop, phone="13912345678")
    browser.post("/f/welcome/seen", data={**said, "me": person_token(shop, BRAND, li)})
    assert properties(shop, "Form Viewed") == [
        {"form": "welcome", "form_version": 1, "place": "page"}
    ]
    with shop.store.system() as tx:
        assert sum(tx.forms.counts(BRAND, "welcome", 0).values()) == 2


def test_too_many_from_one_address_are_refused(shop: World, browser: Visitor):
    """The answer says when to come again."""
    answers = {browser.post("/f/welcome", data={}).status_code for _ in range(122)}
    assert answers == {422, 429}
