"""A template is checked as a whole before anyone gets it, and says what it reads."""

from __future__ import annotations

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.messages.template import (
    Rendered,
    RenderFailed,
    Template,
    choose_locale,
    choose_variant,
    parse_template,
    render,
)

EMAIL = """\
huiliu: 1
kind: template
slug: welcome
name: {en: Welcome}
channel: email
class: marketing
locales:
  zh-CN:
    subject: "{{ person.name }}，欢迎"
    html: |
      <p>{{ person.name }}</p>
      <a href="{{ unsubscribe_url }}">退订</a>
  en:
    subject: Welcome {{ person.name }}
    text: "Total {{ event.total | money: 'JPY' }} {{ unsubscribe_url }}"
"""
SMS = """\
huiliu: 1
kind: template
slug: shipped
name: {en: Shipped}
channel: sms
class: service
locales:
  zh-CN: {text: "订单 {{ key }} 已发货 {{ event_at | date: '%m-%d %H:%M' }}"}
"""
VALUES = {
    "person": {"name": "李雷"}, "event": {"total": "1200"}, "key": "o-1", "now": 0,
    "event_at": 1_767_225_600_000_000, "zone": "Asia/Shanghai",
    "unsubscribe_url": "https://brand.example/u/x",
}  # fmt: skip


def problems(source: str) -> list[tuple[str, str, int]]:
    """Return the path, key and line of everything wrong with a source."""
    with pytest.raises(BadInput) as caught:
        parse_template(source)
    return [(one.path, one.text.key, one.line) for one in caught.value.problems]


def parts(template: Template, *locales: str, **values: object) -> dict[str, str]:
    """Return what a person gets."""
    rendered = render(template, locales, {**VALUES, **values})
    assert isinstance(rendered, Rendered)
    return dict(rendered.parts)


def test_a_template_says_which_traits_and_properties_it_reads():
    """Only these are ever revealed from the vault for it."""
    template = parse_template(EMAIL)

    assert template.traits == {"name"}
    assert template.properties == {"total"}


def test_a_source_and_its_canonical_form_are_the_same_template():
    """What is stored reads back as what was written."""
    template = parse_template(EMAIL)

    assert parse_template(template.source).source == template.source


def test_the_locale_chain_shortens_a_wish_tag_by_tag():
    """en-GB finds en, zh finds zh-CN, and a wish for neither gets the first."""
    template = parse_template(EMAIL)

    assert choose_locale(template, ["en-GB"]) == "en"
    assert choose_locale(template, ["zh"]) == "zh-CN"
    assert choose_locale(template, ["zh_Hant_TW"]) == "zh-CN"
    assert choose_locale(template, ["fr", "EN"]) == "en"
    assert choose_locale(template, ["fr"]) == "zh-CN"
    assert choose_locale(template, []) == "zh-CN"


def test_values_are_escaped_in_html_and_nowhere_else():
    """What a person typed as their name cannot become markup, and is plain in plain text."""
    shown = parts(parse_template(EMAIL), "zh", person={"name": "<b>&"})

    assert "<p>&lt;b&gt;&amp;</p>" in shown["html"]
    assert shown["text"].startswith("<b>&")


def test_nothing_a_person_typed_begins_another_header():
    """Line breaks of every kind in a subject become spaces."""
    shown = parts(parse_template(EMAIL), person={"name": "a\r\nBcc: x\u2028y\x00z"})

    assert shown["subject"] == "a Bcc: x y z，欢迎"


def test_a_html_body_gets_its_plain_twin_with_links():
    """Readers without HTML see the words and where the links lead."""
    shown = parts(parse_template(EMAIL), "zh")

    assert shown["text"] == "李雷\n\n退订 (https://brand.example/u/x)\n"


def test_money_and_dates_are_written_as_the_person_would():
    """Yen have no decimals; times are in the person's zone; the machine's clock is not read."""
    assert parts(parse_template(EMAIL), "en")["text"].startswith("Total 1,200 ")
    # 2026-01-01T00:00:00Z is 08:00 in Shanghai.
    assert parts(parse_template(SMS))["text"] == "订单 o-1 已发货 01-01 08:00"
    now = SMS.replace("event_at", "'now'")
    assert parts(parse_template(now))["text"] == "订单 o-1 已发货 01-01 08:00"  # 1970


def test_a_missing_value_is_empty_unless_the_template_is_strict():
    """strict: true refuses to write to someone about whom a value is not known."""
    assert parts(parse_template(EMAIL), person={})["subject"] == "，欢迎"

    strict = parse_template(EMAIL.replace("class:", "strict: true\nclass:"))
    failed = render(strict, ["en"], {**VALUES, "person": {}})

    assert failed == RenderFailed("en", "subject", "person.name is undefined")


def test_a_strict_template_may_ask_whether_a_value_is_there():
    """`if` and `default` are how an author says what to do without it."""
    source = SMS.replace("class:", "strict: true\nclass:").replace(
        "{{ key }}", "{% if person.vip %}V{% endif %}{{ person.nick | default: '您' }}"
    )

    assert parts(parse_template(source))["text"].startswith("订单 您 已发货")


def test_a_failure_never_repeats_a_persons_value():
    """A filter's complaint may quote its input: only its kind is told."""
    source = SMS.replace("{{ key }}", "{{ person.name | divided_by: 0 }}")

    failed = render(parse_template(source), [], VALUES)

    assert isinstance(failed, RenderFailed)
    assert "李雷" not in failed.details


def test_a_message_that_comes_out_empty_is_not_sent():
    """A text of nothing but spaces is a fault of the template."""
    failed = render(parse_template(SMS.replace("订单 {{ key }} 已发货 ", "").replace(
        "{{ event_at | date: '%m-%d %H:%M' }}", "{{ person.none }}")), [], VALUES)  # fmt: skip

    assert failed == RenderFailed("zh-CN", "text", "empty")


@pytest.mark.parametrize(
    "attack",
    [
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% assign a = 'aaaaa' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}",
        "{% for i in (1..9000) %}{{ person.long }}{% endfor %}",
    ],
)
def test_a_template_that_would_grow_without_end_is_stopped(attack: str):
    """Loops, memory and output have limits."""
    template = parse_template(SMS.replace("{{ key }}", attack))

    failed = render(template, [], {**VALUES, "person": {"long": "x" * 1000}})

    assert isinstance(failed, RenderFailed)


@pytest.mark.parametrize(
    "forbidden", ["{% include 'x' %}", "{% render 'x' %}", "{{ person.name | safe }}"]
)
def test_what_could_read_files_or_switch_escaping_off_is_not_in_the_language(forbidden: str):
    """The author is told at once."""
    assert [key for _, key, _ in problems(SMS.replace("{{ key }}", forbidden))] == [
        "templates.liquid"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("channel: email", "channel: fax", ("channel", "templates.choice", 5)),
        ("class: marketing", "class: ad", ("class", "templates.choice", 6)),
        ("class: marketing", "class: service\nlocale: fr",
         ("locale", "templates.default_locale", 7)),
        ("class: marketing", "class: service\nstrict: 1", ("strict", "templates.flag", 7)),
        ("class: marketing", "class: service\nfoo: 1", ("foo", "templates.unknown_field", 7)),
        ("  en:", "  not a tag:", ("locales.not a tag", "templates.locale", 13)),
        ("    subject: Welcome {{ person.name }}\n", "",
         ("locales.en.subject", "templates.missing_part", 13)),
        ("    text: ", "    body: ", ("locales.en.body", "templates.unknown_part", 15)),
        ('{{ unsubscribe_url }}"\n', '"\n', ("locales.en", "templates.no_unsubscribe", 13)),
        ("{{ person.name }}</p>", "{{ persn.name }}</p>",
         ("locales.zh-CN.html", "templates.unknown_variable", 10)),
        ("<p>{{ person.name }}</p>", "{% if %}",
         ("locales.zh-CN.html", "templates.liquid", 11)),
        ("Welcome {{ person.name }}", "Welcome {{ person.name | shout }}",
         ("locales.en.subject", "templates.liquid", 14)),
        ("huiliu: 1", "huiliu: 2", ("huiliu", "documents.format", 1)),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_path_and_line(
    old: str, new: str, expected: tuple[str, str, int]
):
    """An editor can put the mark beside the fault."""
    assert old in EMAIL

    assert expected in problems(EMAIL.replace(old, new, 1))


def test_all_faults_are_told_at_once():
    """Nobody mends one line to hear of the next."""
    source = EMAIL.replace("channel: email", "channel: email\nfoo: 1").replace(
        "{{ person.name }}", "{{ nobody }}"
    )

    assert len(problems(source)) == 4  # foo, and nobody in two subjects and one body


def test_an_sms_needs_its_text_and_nothing_else():
    """A subject means nothing to a phone."""
    assert ("locales.zh-CN.text", "templates.missing_part", 8) in problems(
        SMS.replace("{text:", "{subject:")
    )


VARIED = """\
huiliu: 1
kind: template
slug: varied
name: {en: Varied}
channel: sms
class: marketing
locales:
  zh-CN: {text: "大家好 拒收请回复R"}
  en: {text: Hello all STOP}
variants:
  - segment: gold
    locales: {zh-CN: {text: "金卡会员好 拒收请回复R"}}
  - segment: new
    locales: {en: {text: Hello new one STOP}}
neutral:
  locales: {en: {text: "Hello {{ person.name }} STOP"}}
"""


@pytest.mark.parametrize(
    ("segments", "objects", "variant", "locale", "text"),
    [
        ((), False, "", "zh-CN", "大家好 拒收请回复R"),
        (("other",), False, "", "zh-CN", "大家好 拒收请回复R"),
        (("new", "gold"), False, "gold", "zh-CN", "金卡会员好 拒收请回复R"),
        (("new",), False, "new", "en", "Hello new one STOP"),
        (("gold",), True, "neutral", "en", "Hello Ada STOP"),
    ],
)
def test_a_person_gets_the_variant_of_the_first_segment_that_holds(
    segments: tuple[str, ...], objects: bool, variant: str, locale: str, text: str
):
    """In the order of the document; who objects to profiling gets the neutral one."""
    template = parse_template(VARIED)
    chosen = choose_variant(template, segments, objects=objects)

    found = render(template, ["zh-CN"], {"person": {"name": "Ada"}}, chosen)

    assert found == Rendered(locale, {"text": text}, variant)


def test_who_objects_gets_what_everybody_gets_where_nothing_neutral_is_written():
    """Never a segment's variant."""
    template = parse_template(VARIED[: VARIED.index("neutral:")])

    assert choose_variant(template, ("gold",), objects=True) == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("segment: gold", "segment: neutral",
         ("variants[0].segment", "templates.variant_segment", 11)),
        ("segment: new", "segment: gold", ("variants[1].segment", "templates.variant_twice", 13)),
        ("金卡会员好", "{{ person.name }}",
         ("variants[0].locales.zh-CN.text", "templates.variant_static", 12)),
        ("{{ person.name }}", "{{ person.tier }}",
         ("neutral.locales", "templates.neutral_personal", 16)),
        ("neutral:\n  locales", "neutral:\n  local", ("neutral", "templates.neutral", 15)),
        ("  - segment: gold\n", "  - gold: 1\n", ("variants[0]", "templates.variants", 11)),
        ("大家好", "{{ brief.price }}", ("brief", "templates.no_brief", 1)),
        ("slug: varied", "slug: varied\nbrief: A B", ("brief", "templates.brief", 4)),
        ("slug: varied", "slug: varied\ndark: maybe", ("dark", "templates.flag", 4)),
    ],
)  # fmt: skip
def test_every_fault_of_a_variant_is_told(old: str, new: str, expected: tuple[str, str, int]):
    """With its path and line."""
    assert old in VARIED

    assert expected in problems(VARIED.replace(old, new, 1))


def test_mjml_is_a_part_of_its_own_that_becomes_html():
    """The document keeps what its author wrote; one of the two is enough."""
    source = EMAIL.replace(
        "locales:\n",
        "locales:\n  de:\n    subject: Hallo\n    mjml: |\n      <mjml><mj-body><mj-section>"
        '<mj-column><mj-text>{{ person.name }} <a href="{{ unsubscribe_url }}">x</a></mj-text>'
        "</mj-column></mj-section></mj-body></mjml>\n",
        1,
    )
    template = parse_template(source)

    found = render(template, ["de"], {"person": {"name": "<Ada>"}, "unsubscribe_url": "https://u"})

    assert isinstance(found, Rendered)
    assert "&lt;Ada&gt;" in found.parts["html"]
    assert "<mjml>" in template.source
    both = source.replace("    mjml:", "    html: <p>x</p>\n    mjml:", 1)
    assert "templates.mjml_and_html" in [key for _, key, _ in problems(both)]
    broken = source.replace("<mj-column>", "<mj-columns>", 1)
    assert "templates.markup" in [key for _, key, _ in problems(broken)]
