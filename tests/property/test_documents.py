"""What is dumped loads back unchanged, whatever it holds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.kernel.documents import dump, load
from huiliu.kernel.facts import Value

_words = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(["on", "yes", "007", "1e5", "null", "~", "2026-11-22", "上海\n二\n", "- a"]),
)  # fmt: skip
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False), _words,
)  # fmt: skip
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_words, inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(_words, _values, max_size=5))
def test_what_is_dumped_loads_back_unchanged(tree: dict[str, Value]) -> None:
    """load(dump(x)) is x, and dumping again gives the same text."""
    written = dump(tree)

    loaded = load(written)

    assert loaded.problems == ()
    assert loaded.tree == tree
    assert [type(value) for value in loaded.tree.values()] == [
        type(loaded.tree[key]) for key in loaded.tree
    ]
    assert dump(loaded.tree) == dump(tree)
