"""A card says all that a client has to know, and every fault of it is told at once."""

from __future__ import annotations

import pytest

from huiliu.kernel.texts import Text
from huiliu.kernel.times import DAY, HOUR, as_instant
from huiliu.messages.inapp import Card, Often, Trigger, fault_of, read_card, read_often
from huiliu.messages.inapp import read_trigger as trigger
from huiliu.messages.lint import BLOCK, HINT, WARN, lint
from huiliu.messages.policy import Case, Refuse, Send, decide, rules_from
from huiliu.messages.template import parse_template

NOW = as_instant("2026-11-22T13:30:00Z") or 0
ZONE = "Asia/Shanghai"


def card(**parts: str) -> Card:
    """Return the card of parts that are good."""
    found = read_card({"type": "popup", "title": "Hello", **parts}, NOW, ZONE)
    assert isinstance(found, Card)
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", Trigger()),
        ("now", Trigger()),
        ("page /cart*; after 1m30s", Trigger(pages=("/cart*",), after=90)),
        ("event Product  Viewed；scroll 50%\nleave",
         Trigger(events=("Product Viewed",), scroll=50, leave=True)),
        ("page /a; page /b", Trigger(pages=("/a", "/b"))),
        ("after 200ms", Trigger(after=1)),
    ],
)  # fmt: skip
def test_a_trigger_is_read_as_people_write_it(written: str, meant: Trigger) -> None:
    """Clauses stand between semicolons of either width, or on lines of their own."""
    assert trigger(written) == meant


@pytest.mark.parametrize(
    "written",
    ["soon", "after", "after 3 s", "after 2h", "scroll 0", "scroll 101", "page", "x; now",
     "scroll -5", "now; " * 11, "page " + "x" * 300],
)  # fmt: skip
def test_a_trigger_that_says_nothing_known_is_told(written: str) -> None:
    """Nothing is guessed."""
    assert isinstance(trigger(written), Text)


@pytest.mark.parametrize(
    ("written", "kind", "meant"),
    [
        ("", "popup", Often(most=1)),
        ("", "banner", Often(session=True)),
        ("", "inbox", Often()),
        ("once", "banner", Often(most=1)),
        ("always", "popup", Often()),
        ("every 12h; 3 times", "popup", Often(most=3, every=43_200)),
        ("session; 1 time", "card", Often(most=1, session=True)),
    ],
)
def test_a_frequency_is_read_as_people_write_it(written: str, kind: str, meant: Often) -> None:
    """Where nothing is said it suits the kind."""
    assert read_often(written, kind) == meant


@pytest.mark.parametrize("written", ["sometimes", "every", "every day", "0 times", "3", "-1 times"])
def test_a_frequency_that_says_nothing_known_is_told(written: str) -> None:
    """Nothing is guessed."""
    assert isinstance(read_often(written), Text)


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://shop.example/a?b=c", True), ("/cart", True), ("/", True),
        ("myapp://cart/1", True), ("weixin://dl/business/?t=x", True), ("tel:+861234", True),
        ("http://shop.example", False), ("//evil.example/x", False), ("/\\evil.example", False),
        ("javascript:alert(1)", False), ("JaVaScript:alert(1)", False), ("data:text/html,x", False),
        ("https:///x", False), ("https://[", False), ("shop.example", False), ("x y", False),
        ("vbscript:x", False), ("myapp:", False),
    ],
)  # fmt: skip
def test_a_card_leads_only_where_it_may(url: str, is_good: bool) -> None:
    """A page over https, a path of the site, a page of the APP; nothing that runs."""
    assert (fault_of("url", url) is None) is is_good


def test_a_card_lives_as_long_as_it_says_and_no_longer_than_its_message() -> None:
    """Lengths count from now; dates are the brand's, where no offset is written."""
    assert card().ends_at == NOW + 7 * DAY
    assert card(start="2h", end="1d").starts_at == NOW + 2 * HOUR
    assert card(end="2026-11-23").ends_at == as_instant("2026-11-22T16:00:00Z")
    early = read_card({"type": "popup", "title": "x"}, NOW, ZONE, expires_at=NOW + HOUR)
    assert isinstance(early, Card)
    assert early.ends_at == NOW + HOUR


def test_everything_wrong_is_told_at_once() -> None:
    """By the part that it is in; a picture without a lock is only left out."""
    parts = {
        "type": "pop", "text": "x" * 2_001, "url": "javascript:x", "slot": "Über",
        "image": "http:x", "trigger": "soon", "frequency": "often", "priority": "101",
        "start": "later", "end": "x",
    }  # fmt: skip
    found = read_card(parts, NOW, ZONE)
    assert isinstance(found, list)
    assert sorted(one.path for one in found) == sorted([*(set(parts) - {"image"}), "title"])
    ended = read_card({"type": "card", "title": "x", "end": "2020-01-01"}, NOW, ZONE)
    assert isinstance(ended, list)
    assert [one.path for one in ended] == ["end"]
    assert card(image="http://x.example/a.png").image == ""


TEMPLATE = """\
huiliu: 1
kind: template
slug: hello
name: {en: Hello}
channel: inapp
class: marketing
locales:
  en:
    type: PLACE
    title: Hello {{ person.name }}
"""


def found(place: str, more: str = "") -> list[tuple[str, str]]:
    """Return (severity, path) of what lint says."""
    indented = "".join(f"    {line}\n" for line in more.splitlines())
    template = parse_template(TEMPLATE.replace("PLACE", place) + indented)
    return [(one.severity, one.path.rpartition(".")[2]) for one in lint(template)]


def test_lint_says_what_no_client_could_show() -> None:
    """Where and when may not depend on who reads; faults keep it from going live."""
    assert (BLOCK, "type") in found("pop")
    assert (BLOCK, "type") in found('"{{ person.tier }}"')
    assert (BLOCK, "trigger") in found("popup", "trigger: soon")
    assert (BLOCK, "url") in found("popup", "url: http://x.example")
    assert (WARN, "image") in found("popup", "image: http://x.example/a.png")
    assert (WARN, "type") in found("popup", "button: Go")
    assert (HINT, "type") in found("card", "url: /a")
    assert (HINT, "text") in found("banner", f"url: /a\ntext: {'x' * 61}")
    assert found("popup", "url: /a\ntrigger: after 3s\nend: 2d") == []
    assert found("banner", 'url: "https://x.example/{{ event.order_id }}"') == []


def test_what_people_come_upon_needs_no_yes_and_wakes_nobody() -> None:
    """At night too; a no is a no all the same."""
    night = as_instant("2026-11-22T18:00:00Z") or 0
    rules = rules_from(4, "21:00", "08:00")
    case = Case("inapp", "marketing", 0, False, "p_x", False, False, {}, ZONE, ())
    assert decide(rules, case, night) == Send()
    refused = Case(
        "inapp", "marketing", 0, False, "p_x", False, False,
        {("inapp", "marketing"): "withdrawn"}, ZONE, (),
    )  # fmt: skip
    assert decide(rules, refused, night) == Refuse("consent_withdrawn")
