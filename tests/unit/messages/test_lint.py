"""Lint tells what is wrong, costly or unwise, with its line, and nothing about what is fine."""

from __future__ import annotations

import pytest

from huiliu.messages.lint import BLOCK, HINT, WARN, Known, lint
from huiliu.messages.lint_sms import length_of
from huiliu.messages.template import parse_template

HEAD = "huiliu: 1\nkind: template\nslug: a\nname: {en: A}\n"


def said(source: str, known: Known | None = None) -> list[tuple[str, str, int]]:
    """Return (severity, rule, line) of what lint says."""
    found = lint(parse_template(source), known or Known(), source)
    return [(one.severity, one.text.key.removeprefix("lint."), one.line) for one in found]


def rules(source: str) -> set[str]:
    """Return the names of what lint says."""
    return {rule for _, rule, _ in said(source)}


def sms(text: str, locale: str = "zh-CN", message_class: str = "marketing") -> str:
    """Return an SMS."""
    body = "\n".join(f"      {line}" for line in text.split("\n"))
    return (
        f"{HEAD}channel: sms\nclass: {message_class}\nlocales:\n  {locale}:\n    text: |-\n{body}\n"
    )


def letter(html: str, subject: str = "Hello", message_class: str = "service") -> str:
    """Return an e-mail."""
    body = "\n".join(f"      {line}" for line in html.split("\n"))
    return (
        f"{HEAD}channel: email\nclass: {message_class}\nlocales:\n  en:\n    subject: '{subject}'\n"
        f"    html: |\n{body}\n"
    )


WORDS = "<p>There are words enough in this letter for anybody to read it with joy.</p>"


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("【汇流】新品上市，欢迎选购，拒收请回复R", "zh-CN", set()),
        ("【汇流】新品上市，欢迎选购，退订回T", "zh-CN", {"sms_china_end"}),
        ("【汇流】新品上市，欢迎选购", "zh-CN", {"sms_china_out"}),
        ("新品上市，欢迎选购，拒收请回复R", "zh-CN", {"sms_china_signature"}),
        ("【汇流】【新品】上市，拒收请回复R", "zh-CN", {"sms_china_brackets"}),
        ("【汇流】{{ person.name }}，新品上市，拒收请回复R", "zh-CN", {"sms_china_variables"}),
        ("New things are here. Reply STOP to opt out", "en", set()),
        ("New things are here.", "en", {"sms_no_way_out"}),
        ("Neu für Sie. Abmelden mit STOPP", "de", set()),
        ("New: http://bit.ly/x STOP", "en", {"link_http", "link_shortener"}),
        ("New: https://example.com/x STOP", "en", {"link_placeholder"}),
    ],
)
def test_an_sms_is_looked_at_as_its_country_wants(text: str, locale: str, expected: set[str]):
    """A signature, a way out, no variables in China; a way out elsewhere."""
    assert rules(sms(text, locale)) == expected


def test_a_service_sms_needs_no_way_out():
    """News of an order is no advertisement."""
    assert rules(sms("订单{{ event.order_id }}已发货", message_class="service")) == set()


def test_one_letter_that_doubles_an_sms_is_told():
    """A typographic quote turns 160 letters into 70."""
    text = "x" * 100 + " it’s STOP"

    assert "sms_letter" in rules(sms(text, "en"))
    assert "sms_letter" not in rules(sms(text.replace("’", "'"), "en"))


@pytest.mark.parametrize(
    ("text", "parts", "units", "encoding", "left"),
    [
        ("a" * 160, 1, 160, "gsm7", 0), ("a" * 161, 2, 161, "gsm7", 145),
        ("字" * 70, 1, 70, "ucs2", 0),
        ("字" * 71, 2, 71, "ucs2", 63), ("€" * 80, 1, 160, "gsm7", 0),
    ],
)  # fmt: skip
def test_the_length_of_an_sms_is_what_carriers_count(
    text: str, parts: int, units: int, encoding: str, left: int
):
    """Parts, units, alphabet, room."""
    found = length_of(text)

    assert (found.n_parts, found.n_units, found.encoding, found.n_left) == (
        parts, units, encoding, left,
    )  # fmt: skip


def test_a_last_part_of_a_few_letters_is_told():
    """It costs as much as a full one."""
    assert "sms_spill" in rules(sms("a" * 157 + " STOP", "en"))
    assert "sms_parts" in rules(sms("a" * 600 + " STOP", "en"))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://shop.example/a">x</a>', set()),
        ('<a href="{{ event.tracking_url }}">x</a>', set()),
        ('<a href="mailto:help@shop.example">x</a>', set()),
        ('<a href="">x</a>', {"link_empty"}),
        ('<a href="#">x</a>', {"link_empty"}),
        ('<a href="/sale">x</a>', {"link_relative"}),
        ('<a href="www.shop.example">x</a>', {"link_relative"}),
        ('<a href="javascript:alert(1)">x</a>', {"link_script"}),
        ('<a href="http://shop.example">x</a>', {"link_http"}),
        ('<a href="https://{{ event.host }}/x">x</a>', {"link_host"}),
        ('<a href="https://shop">x</a>', {"link_broken"}),
        ('<a href="https://bank.example/x">shop.example</a>', {"link_other"}),
        ('<a href="https://www.shop.example/x">shop.example</a>', set()),
        ('<img src="https://shop.example/a.png" width="9" alt="">', set()),
        ('<img src="https://shop.example/a.png">', {"image_alt", "image_width"}),
        ('<img src="a.png" alt="x" width="9">', {"link_relative"}),
        ('<img src="data:image/png;base64,AA" alt="x" width="9">', {"image_data"}),
        ("<script>x</script>", {"element"}),
        ('<p onclick="x()">y</p>', {"handler"}),
        ("<html><head></head><body>x</body></html>", {"no_dark"}),
    ],
)
def test_a_letter_is_looked_at_as_mail_programs_do(html: str, expected: set[str]):
    """Links, pictures, scripts, colours."""
    assert rules(letter(WORDS + html)) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Your parcel is on its way", set()),
        ("A very long subject that goes on and on and on until no phone shows the end",
         {"subject_long"}),
        ("这个主题写得实在是太长了手机上根本就显示不完整所以没有人会看到最后", {"subject_long"}),
        ("BUY ALL OF IT NOW", {"subject_shouts"}),
        ("Now!! Really", {"subject_marks"}),
        ("Re: your order", {"subject_reply"}),
        ("回复：您的订单", {"subject_reply"}),
    ],
)  # fmt: skip
def test_a_subject_is_short_calm_and_honest(subject: str, expected: set[str]):
    """A width of 60 columns; Chinese takes two a letter."""
    assert rules(letter(WORDS, subject)) == expected


def test_a_letter_of_pictures_or_beyond_what_gmail_shows_is_told():
    """Filters and clipping."""
    picture = '<img src="https://shop.example/a.png" alt="x" width="9">'

    assert "only_images" in rules(letter(picture))
    assert "clipped" in rules(letter(WORDS * 1_400))


def test_names_that_were_never_seen_are_told_with_the_nearest():
    """A typing error stays empty for everybody."""
    source = sms("{{ person.nmae }} {{ event.order_id }} {{ event.zzz }}", message_class="service")
    known = Known(traits={"name", "city"}, properties={"order_id"})

    assert said(source, known) == [(WARN, "unknown", 9), (WARN, "unknown_near", 9)]
    assert said(source) == []


def test_the_gravest_comes_first_with_its_own_line():
    """Blocks, then what should be mended, then hints."""
    source = letter(
        WORDS
        + '\n<img src="https://shop.example/a.png" alt="x">\n<a href="http://shop.example">x</a>'
        + '\n<a href="#">y</a>'
    )

    assert said(source) == [
        (BLOCK, "link_empty", 14), (WARN, "link_http", 13), (HINT, "image_width", 12),
    ]  # fmt: skip


def test_every_branch_is_looked_at():
    """What only some people get is looked at too."""
    source = letter(WORDS + '{% if person.vip %}<a href="http://a.example">x</a>{% endif %}')

    assert rules(source) == {"link_http"}
