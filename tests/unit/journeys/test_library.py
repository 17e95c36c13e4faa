"""The ready journeys can run, are canonical, speak both languages, and all their cases hold."""

from __future__ import annotations

import pytest

from huiliu.journeys import Face, check_known
from huiliu.journeys.cases import parse_suite
from huiliu.journeys.cases.run import Beside, run_suites
from huiliu.journeys.shipped import Pack, library
from huiliu.kernel.texts import LOCALES
from huiliu.messages.template import Rendered, parse_template, render
from huiliu.segments import parse_segment

PACKS = sorted(library().values(), key=lambda pack: pack.slug)


def of_kind(pack: Pack, kind: str) -> list[str]:
    """Return the sources of one kind that come with a journey."""
    return [source for (each, _), source in pack.documents.items() if each == kind]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.slug)
def test_a_ready_journey_can_be_switched_on_as_it_is(pack: Pack) -> None:
    """Canonical, with its templates in both languages, and with a measure of its own."""
    journey, source = pack.journey, pack.documents["journey", pack.slug]
    templates = [parse_template(each) for each in of_kind(pack, "template")]
    faces = {each.slug: Face(each.channel, each.message_class) for each in templates}

    assert journey.source() == source
    assert check_known(journey, source, faces) == ()
    assert set(journey.header.name) == set(LOCALES)
    assert journey.header.note
    for template in templates:
        assert set(template.locales) == set(LOCALES)
        assert parse_template(template.source).source == template.source
    for segment in of_kind(pack, "segment"):
        assert not isinstance(parse_segment(segment), tuple)
    trees = [node.tree() for node in journey.nodes.values()]
    reasons = {str(tree["reason"]) for tree in trees if "reason" in tree}
    assert journey.goal is not None or len(reasons) > 1 or reasons & {"came-back"}


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.slug)
def test_every_case_of_a_ready_journey_holds_and_every_way_is_passed(pack: Pack) -> None:
    """Given, when, then: by the same step as live, in virtual time."""
    suites = [parse_suite(source) for source in of_kind(pack, "test")]
    read = [suite for suite in suites if not isinstance(suite, tuple)]
    templates = [parse_template(each) for each in of_kind(pack, "template")]
    documents = pack.documents.items()
    segments = {slug: source for (kind, slug), source in documents if kind == "segment"}
    beside = Beside(
        segments=segments,
        faces={each.slug: Face(each.channel, each.message_class) for each in templates},
    )

    tested = run_suites(pack.documents["journey", pack.slug], read, beside)

    assert len(read) == len(suites) == 1
    assert len(tested.results) >= 3
    assert [str(problem.text) for problem in tested.problems()] == []
    assert tested.coverage == 100


def test_marketing_asks_for_consent_and_care_does_not() -> None:
    """What tells about an order is service, all else is marketing, and offers a way out."""
    care = {
        "unpaid-reminder", "payment-thanks", "late-shipment-comfort", "region-disrupted-comfort",
        "shipped", "out-for-delivery", "signed-for", "refund-care", "dispute-guidance",
    }  # fmt: skip

    for pack in PACKS:
        for source in of_kind(pack, "template"):
            template = parse_template(source)
            service = template.message_class == "service"
            assert service == (pack.slug in care or template.slug == "star-service-thanks")
            assert service or source.count("unsubscribe_url") == len(LOCALES)


def test_nothing_of_the_library_belongs_to_no_journey() -> None:
    """Every shipped document comes with some journey, and all that were asked for are there."""
    wanted = {
        "abandoned-cart", "back-in-stock", "birthday", "dispute-guidance", "festival-dragon-boat",
        "festival-mid-autumn", "festival-spring", "late-shipment-comfort", "new-member",
        "out-for-delivery", "payment-thanks", "price-drop", "refund-care",
        "region-disrupted-comfort", "repurchase", "shipped", "signed-for", "star-service",
        "unpaid-reminder", "win-back",
    }  # fmt: skip
    documents = {named for pack in PACKS for named in pack.documents}

    assert set(library()) == wanted
    assert {slug for kind, slug in documents if kind == "segment"} == {"care-lapsed"}
    assert len([named for named in documents if named[0] == "test"]) == len(wanted)


@pytest.mark.parametrize("slug", ["shipped-email", "shipped-sms"])
@pytest.mark.parametrize("locale", LOCALES)
def test_only_a_safe_address_becomes_a_link(slug: str, locale: str) -> None:
    """An event may come from anybody's browser: what is no https:// address is not printed."""
    sources = library()["shipped"].documents
    template = parse_template(sources["template", slug])

    def said(**properties: object) -> str:
        """Return the text that somebody gets."""
        event = {"order_id": "o1", "carrier": "SF", "tracking_number": "SF1", **properties}
        rendered = render(template, [locale], {"event": event, "person": {}})
        assert isinstance(rendered, Rendered)
        return rendered.parts["text"]

    assert "https://sf.example/SF1" in said(tracking_url="https://sf.example/SF1")
    without = said()
    for bad in ("http://sf.example", "javascript:alert(1)", "sf.example", " https://sf.example",
                "see https://sf.example", "", None, 7, ["https://sf.example"]):  # fmt: skip
        assert said(tracking_url=bad) == without
