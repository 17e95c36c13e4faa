"""MJML and style sheets become what mail programs show; Liquid passes through untouched."""

from __future__ import annotations

import pytest

from huiliu.messages.dark import darkened, in_dark
from huiliu.messages.markup import MarkupFailed, html_from_mjml, inlined

MJML = """\
<mjml><mj-head><mj-style>.red { color: #aa0000 }</mj-style></mj-head>
<mj-body background-color="#ffffff">
{% for p in event.products %}
<mj-section><mj-column>
<mj-text css-class="red" color="#222222">{{ p.name | default: "a > b & c" }}</mj-text>
<mj-button href="{{ unsubscribe_url }}?a=1&amp;b=2">Go</mj-button></mj-column></mj-section>
{% endfor %}
</mj-body></mjml>
"""


def test_liquid_survives_mjml():
    """Loops around sections, filters with signs that markup knows, values in addresses."""
    html = html_from_mjml(MJML, dark=False)

    assert "{% for p in event.products %}" in html
    assert html.index("{% for") < html.index("<table") < html.index("{% endfor %}")
    assert '{{ p.name | default: "a > b & c" }}' in html
    assert 'href="{{ unsubscribe_url }}?a=1&amp;b=2"' in html
    assert "mj-" not in html.replace("mj-column-per-100", "").replace("mj-outlook", "").replace(
        "mj-full-width", ""
    )


@pytest.mark.parametrize(
    "source",
    [
        "hello", "<mjml></mjml>", "<mjml><mj-body><mj-foo>x</mj-foo></mj-body></mjml>",
        '<mjml><mj-body><mj-include path="/etc/hostname" type="html"/></mj-body></mjml>',
        "<mjml><mj-body><mj-section>",
    ],
)  # fmt: skip
def test_what_is_no_mjml_is_told(source: str):
    """An include is none either: a letter reads no files."""
    with pytest.raises(MarkupFailed):
        html_from_mjml(source, dark=False)


def test_the_line_of_a_fault_is_told():
    """An author finds it."""
    with pytest.raises(MarkupFailed) as caught:
        html_from_mjml("<mjml>\n<mj-body>\n<mj-include path='x'/>\n</mj-body></mjml>", dark=False)

    assert caught.value.line == 3


def test_rules_are_written_into_elements_and_queries_stay():
    """What a mail program drops stands in each element; what it keeps stays."""
    source = (
        "<html><head><style>p { color: red } @media print { p { color: blue } }</style></head>"
        "<body><table>{% for x in event.list %}<tr><td><p class='{{ x.c }}'>{{ x.n }}</p></td></tr>"
        "{% endfor %}</table></body></html>"
    )

    html = inlined(source, dark=False)

    assert 'style="color: red;"' in html
    assert "@media print" in html
    assert html.index("<table>") < html.index("{% for") < html.index("<tr>")
    assert 'class="{{ x.c }}"' in html


def test_a_few_paragraphs_stay_as_they_are():
    """Nothing is put around what has no style sheet."""
    source = "<p>{{ person.name }}</p>"

    assert inlined(source, dark=False) == source


def test_dark_colours_are_made_from_light_ones():
    """Light grounds become dark, dark words light; strong colours and whoever wrote rules stay."""
    html = (
        '<html><head></head><body style="background-color:#ffffff"><p style="color:#222">x</p>'
        '<a style="background:#cc0000;color:#ffffff">y</a></body></html>'
    )

    made = darkened(html)

    assert '[style^="background-color:#ffffff"] { background-color: #171717' in made
    assert '[style^="color:#222"] { color: #dddddd' in made
    assert "#cc0000 !important" not in made
    assert darkened(made) == made
    assert "prefers-color-scheme" not in in_dark(made)
    assert "@media all" in in_dark(made)


def test_a_letter_says_that_it_knows_the_dark():
    """Else programs turn its colours by themselves."""
    assert '<meta name="color-scheme" content="light dark">' in html_from_mjml(MJML, dark=True)
