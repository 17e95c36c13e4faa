"""The quick way of filling a template means what Liquid means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.messages.language import PieceFailed, parse_piece

_SOURCES = (
    "{{ person.a }}",
    "x {{ person.a | upcase }} y {{ event.b | money: 'JPY' }}",
    "{{ person.a | default: 'you' | append: '!' }}{{ key }}",
    "{% if person.a %}{{ person.a }}{% else %}-{% endif %}{{ event.b | plus: 1 }}",
    "{{ person.size }} {{ person.a.size }} {{ event.b | round: 1 }} {{ now }}",
    "{% for one in person.a %}[{{ one }}]{% endfor %}{{ person.a | escape }}",
    "{% assign a = person.a %}{{ a }}{{ person['a'] }}",
    "{% if event.b > 3 %}more {{ person.a }}{% endif %}{% if person.a == '12' %} {% endif %}",
    "{% if key <= 2.5 %}few{% else %}many {{ event.b }}{% endif %}",
    "{% if person.size != 1 %}!{% endif %}{% if person.a == null %}nobody{% endif %}",
    "{% if person.a contains 'b' %}b{% endif %}",
    "{% if event.b == true %}yes{% elsif key %}k{% endif %}",
    "{{ person.a | newline_to_br }}{{ person.a | truncate: 5 }}{{ event.b | divided_by: 2 }}",
)
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(-10, 10), st.text(max_size=8),
    st.sampled_from(["<b>&\"'", "12", "3.5", "a\nb"]), st.lists(st.text(max_size=2), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("escapes", [False, True])
@given(
    source=st.sampled_from(_SOURCES),
    person=st.dictionaries(st.sampled_from(["a", "size"]), _VALUES, max_size=2),
    event=st.dictionaries(st.just("b"), _VALUES, max_size=1),
    key=_VALUES,
)
def test_slots_write_what_liquid_writes(
    source: str,
    person: dict[str, object],
    event: dict[str, object],
    key: object,
    escapes: bool,
    strict: bool,
):
    """Whatever the values: the same text, or a failure in both."""
    values = {"person": person, "event": event, "key": key, "now": 5, "zone": "UTC"}
    piece = parse_piece(source, escapes=escapes, strict=strict)
    whole = type(piece)(piece.bound, piece.variables, ())

    assert _outcome(piece.render, values) == _outcome(whole.render, values)


def _outcome(render: object, values: dict[str, object]) -> str:
    """Return the text, or that it failed."""
    try:
        return f"text {render(values)}"  # type: ignore[operator] # a method
    except PieceFailed:
        return "failed"
