"""A rendering that contradicts its brief is found, whoever typed the figure and wherever."""

from __future__ import annotations

import pytest

from huiliu.messages.agreement import contradictions, disagreements, typed_facts
from huiliu.messages.brief import Brief, parse_brief
from huiliu.messages.template import parse_template

BRIEF = parse_brief("""\
huiliu: 1
kind: brief
slug: spring
name: {en: Spring}
facts:
  price: {price: 99, currency: CNY}
  was: {price: 199, currency: CNY}
  off: {off: 50}
  ends: {date: 2026-03-08 20:00}
  code: {code: SPRING26}
  free:
    claim: {zh-CN: 满299元包邮, en: Free shipping over 299}
    never: {en: [final sale], zh-CN: [不退不换]}
  pure: {claim: {zh-CN: 含税, en: Tax included}}
""")  # fmt: skip


def wrong(text: str, locale: str = "en", brief: Brief = BRIEF) -> list[str]:
    """Return what of a service e-mail's plain text its brief does not say."""
    return [one.written.strip() for one in contradictions(mail(text, locale), brief)]


def mail(text: str, locale: str = "en", part: str = "text"):
    """Return a template that tells the brief."""
    body = "\n".join(f"      {line}" for line in text.split("\n"))
    return parse_template(
        "huiliu: 1\nkind: template\nslug: a\nname: {en: A}\nchannel: email\nclass: service\n"
        f"brief: spring\nlocales:\n  {locale}:\n    subject: x\n    {part}: |\n{body}\n"
    )


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Now {{ brief.price }} instead of {{ brief.was }}, {{ brief.off }} off", "en"),
        ("Only ¥99 until 8 March, code SPRING26. Free shipping over 299!", "en"),
        ("现价99元，原价１９９元，五折，3月8日（周日）晚上8点止，码SPRING26", "zh-CN"),
        ("现价{{ brief.price_amount }}元，{{ brief.off_zhe }}，满299元包邮，含税", "zh-CN"),
        ("Sunday, March 8, 2026 at 8 pm", "en"),
        ("Your order {{ event.order_id }} of ¥{{ event.total }} is paid", "en"),
        ("https://shop.example/2026/04/01?price=88&off=30%25 and a@b.example", "en"),
        ("Model X-2000, open 24/7, 3 pieces, call 400 820 8820", "en"),
        ("{% if person.vip %}{{ brief.price }}{% else %}{{ brief.was }}{% endif %}", "en"),
        ("{% assign p = brief.price %}Only {{ p }}", "en"),
        ("{% comment %}¥77{% endcomment %}x", "en"),
    ],
)
def test_what_agrees_is_left_in_peace(text: str, locale: str):
    """The brief's facts in any writing, personal values, addresses, other numbers."""
    assert wrong(text, locale) == []


@pytest.mark.parametrize(
    ("text", "locale", "found"),
    [
        ("Only ¥89", "en", ["¥89"]),
        ("Only $99.50", "en", ["$99.50"]),
        ("仅需88", "zh-CN", ["仅需88"]),
        ("一百元", "zh-CN", ["一百元"]),
        ("40% off", "en", ["40%"]),
        ("六折起", "zh-CN", ["六折"]),
        ("until 9 March", "en", ["9 March"]),
        ("截止2027年3月8日", "zh-CN", ["2027年3月8日"]),
        ("Monday, 8 March", "en", ["8 March"]),
        ("8 March at 9 pm", "en", ["8 March"]),
        ("code SPRING25", "en", ["SPRING25"]),
        ("SPRING25 at checkout", "en", ["SPRING25"]),
        ("code spring26", "en", ["spring26"]),
        ("满199元包邮", "zh-CN", ["满199元包邮"]),
        ("Free  shipping over 199", "en", ["Free  shipping over 199"]),
        ("Final sale", "en", ["Final sale"]),
        ("不含税", "zh-CN", ["不含税"]),
        ("{% if person.vip %}¥88{% else %}¥99{% endif %}", "en", ["¥88"]),
        ("{% case person.tier %}{% when 1 %}¥99{% when 2 %}¥87{% else %}¥86{% endcase %}", "en",
         ["¥87", "¥86"]),
        ("¥{% if person.vip %}{% unless person.x %}88{% endunless %}{% endif %}", "en", ["¥88"]),
        ("{% for p in event.products %}{{ p.name }} ¥77{% endfor %}", "en", ["¥77"]),
        ("{{ brief.price_amount | times: 0.5 }}元", "zh-CN", ["49.5元"]),
        ("{{ person.price | default: '98元' }}", "zh-CN", ["98元"]),
        ("{% assign p = 88 %}¥{{ p }}", "en", ["¥88"]),
        ("{% capture p %}¥{{ 70 | plus: 7 }}{% endcapture %}{{ p }}", "en", ["¥77"]),
        ("¥8\u200b8", "en", ["¥88"]),
    ],
)  # fmt: skip
def test_what_contradicts_is_found(text: str, locale: str, found: list[str]):
    """In every branch, computed, assigned, as a default, hidden by letters of no width."""
    assert sorted(wrong(text, locale)) == sorted(found)


def test_markup_is_read_as_it_is_seen():
    """Marks between a sign and its figure do not hide it; styles and addresses are not read."""
    html = (
        '<p style="width:30%">¥<b>8</b>8</p><img alt="only 79 yuan" src="https://a.example/1">'
        '<a href="https://a.example/?x=20%25&d=2026-01-01">x</a><style>p { width: 40% }</style>'
        '<!-- ¥55 --><p title="30% off">{{ brief.price }}</p>'
    )

    found = [one.written for one in contradictions(mail(html, part="html"), BRIEF)]

    assert sorted(found) == ["30%", "79 yuan", "¥88"]


def test_every_rendering_is_read_with_its_own_language_and_line():
    """Variants and the neutral one too; the problem stands where it was written."""
    source = """\
huiliu: 1
kind: template
slug: a
name: {en: A}
channel: sms
class: service
brief: spring
locales:
  en-US: {text: until 3/8}
  en-GB: {text: until 8/3}
variants:
  - segment: gold
    locales:
      en:
        text: |
          Hello,
          now ¥88
neutral:
  locales:
    en: {text: now ¥77}
"""
    problems = disagreements(parse_template(source), BRIEF, source)

    assert [(one.path, one.line) for one in problems] == [
        ("variants[0].locales.en.text", 17), ("neutral.locales.en.text", 20),
    ]  # fmt: skip


def test_a_field_that_the_brief_has_not_is_told():
    """A typing error would be an empty price."""
    (problem,) = disagreements(mail("{{ brief.prize }}"), BRIEF)

    assert (problem.path, problem.text.key) == ("brief", "briefs.no_field")


def test_a_brief_without_a_kind_of_fact_allows_none_of_it():
    """A code that nobody wrote into the brief is nobody's code."""
    brief = parse_brief(
        "huiliu: 1\nkind: brief\nslug: s\nname: {en: S}\n"
        "facts: {price: {price: 9, currency: USD}}\n"
    )

    assert wrong("code SAVE10 until 8 March", brief=brief) == ["8 March", "SAVE10"]


def test_typed_facts_are_told_from_those_referred_to():
    """They are right today only."""
    typed = typed_facts(mail("¥99 and {{ brief.price }}, code SPRING26"), BRIEF)

    assert [written for _, written in typed] == ["¥99", "SPRING26"]
