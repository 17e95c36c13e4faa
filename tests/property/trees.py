"""Draws conditions, values and histories: what hypothesis makes up for the readers to agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.property.oracle_people import Happened, Person

from huiliu.conditions import Surroundings
from huiliu.kernel.times import DAY, HOUR, as_instant, show_duration, show_instant

__all__ = ["NASTY", "NOW", "Drawn", "happenings", "people", "populations", "trees", "values"]

NOW = as_instant("2026-11-22T04:00:00Z") or 0

TRAITS = ("city", "age", "born", "vip", "address", "a.b", "$os", "城市", "zone")
EVENTS = ("Order Paid", "Product Viewed", "页面 浏览")
PATHS = ("total", "category", "shipping.city", "0", "at", "é")
#: Values that have broken other products: empty, huge, tiny, of the wrong type, almost dates.
NASTY: tuple[Any, ...] = (
    None, "", " ", "0", "1", "1.0", "true", "null", "上海", "Ünï", "é", "e\u0301", "a%b_c\\", "'\"",
    "x\ny", "\u2028", "😀", 0, -0.0, 1, 1.0, 1.5, -1, 0.1, 0.30000000000000004, 1e-320, 1e308,
    2**53, 2**53 + 1, -(2**63), 2**64, 10**30, 10**400, True, False, [], ["上海"], [1], {},
    {"city": "上海"}, {"city": None}, "2026-11-22", "2026-11-22T04:00:00Z",
    "2026-11-22T04:00:00.000001+00:00",
    "2026-11-22 12:00:00+08:00", "2026-02-30", "0000-01-01", "0001-01-01T00:00:00+14:00",
    "2026-11-22T04:00", "2026-11-22T04:00:00.1234567Z", "2026-11-22T24:00:00", "20261122",
    "2026-11-22T04:00:60Z", "９９９９-01-01", "2026-11-22\n", "9999-12-31T23:59:59-23:59",
    "Asia/Shanghai", "America/New_York", "Nowhere/Land",
)  # fmt: skip


def _short(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return the strategy, which does not write itself out when hypothesis names it."""

    @st.composite
    def made_up(draw: st.DrawFn) -> Any:
        """Return what the strategy makes up."""
        return draw(strategy)

    return made_up()


numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-3, 3),
)
dates = st.builds(
    lambda days, micros, form: form(NOW + days * DAY + micros),
    st.integers(-3, 3),
    st.sampled_from((0, 1, -1, HOUR)),
    st.sampled_from((show_instant, lambda at: show_instant(at)[:10])),
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
scalars = _short(st.one_of(st.sampled_from(NASTY), numbers, texts, st.booleans(), dates))
places = st.one_of(
    st.sampled_from(({"lat": 31.23, "lon": 121.47}, {"latitude": 90, "lng": -180}, {"lat": "1"})),
    st.fixed_dictionaries({
        "lat": st.integers(-91, 91), "lon": st.integers(-181, 181) | st.floats(120, 123),
    }),
)  # fmt: skip
birthdays = st.sampled_from((
    "1990-11-22", "02-29", "--02-29", "2000-02-29", "12-31", "01-01", "11-30", "13-01", "2-3",
    "1990-11-23T23:30:00-08:00",
))  # fmt: skip
values = _short(st.one_of(
    scalars,
    birthdays,
    places,
    st.lists(scalars, max_size=3),
    st.dictionaries(st.sampled_from(("city", "0")), scalars, max_size=2),
))  # fmt: skip
constants = scalars.filter(
    lambda one: isinstance(one, str | bool) or (isinstance(one, int | float) and abs(one) < 1e308)
)
ordered = st.one_of(numbers.filter(lambda one: abs(one) < 1e308), dates)
patterns = st.sampled_from(
    (".", "^a", "海$", "(?i)Ü", r"\d+", "x.y", "(?s)x.y", r"\pL", "^$", "[é]", r"a%b_c\\", "^1$")
)
some = st.lists(constants, min_size=1, max_size=4)
words = texts.filter(bool)
lengths = st.sampled_from((1000, HOUR, DAY, 2 * DAY, 30 * DAY)).map(show_duration)
#: Nobody writes these by intent, and no engine may break on them.
long_lengths = lengths | st.sampled_from(("5000w", "36500d", "3ms"))
#: Comparisons that need no present.
timeless: tuple[st.SearchStrategy[dict[str, Any]], ...] = (
    st.fixed_dictionaries({"is": constants}),
    st.fixed_dictionaries({"is_not": constants}),
    st.fixed_dictionaries({"above": ordered}),
    st.fixed_dictionaries({"at_least": ordered, "below": ordered}),
    st.fixed_dictionaries({"at_most": ordered}),
    st.fixed_dictionaries({"in": some}),
    st.fixed_dictionaries({"not_in": some}),
    st.fixed_dictionaries({"contains": words}),
    st.fixed_dictionaries({"starts_with": words}),
    st.fixed_dictionaries({"matches": patterns}),
    st.fixed_dictionaries({"set": st.just(True)}),
    st.fixed_dictionaries({"not_set": st.just(True)}),
    st.fixed_dictionaries({"is_not": constants, "set": st.just(True)}),
    st.fixed_dictionaries({"not_contains": words}),
    st.fixed_dictionaries({"ends_with": words}),
    st.fixed_dictionaries({"before": dates}),
    st.fixed_dictionaries({"after": dates}),
    st.lists(st.integers(-3, 3), min_size=2, max_size=2)
    .map(sorted).filter(lambda two: two[0] < two[1]).map(lambda two: {"between": two}),
    st.fixed_dictionaries({"has": constants}),
    st.fixed_dictionaries({"has_any": some}),
    st.fixed_dictionaries({"has_all": some}),
    st.fixed_dictionaries({"has_none": some}),
    st.sampled_from(("is", "above", "at_least", "below", "at_most")).flatmap(
        lambda name: st.integers(0, 3).map(lambda n: {f"length_{name}": n})
    ),
    st.sampled_from((5, 300, 20_015)).map(
        lambda km: {"within_radius": {"lat": 31.2, "lon": 121.4, "km": km}}
    ),
    st.sampled_from((
        [[120.5, 30.5], [122.5, 30.5], [122.5, 32.5], [120.5, 32.5]],
        [[-180, -90], [180, -90], [0, 90]], [[0, 0], [100.5, 3], [50, 50.5], [40, 10]],
    )).map(lambda corners: {"within_polygon": corners}),
)  # fmt: skip
#: Comparisons that need the present.
clocked: tuple[st.SearchStrategy[dict[str, Any]], ...] = (
    st.fixed_dictionaries({"within_last": lengths | st.just("5000w")}),
    st.fixed_dictionaries({"older_than": lengths | st.just("5000w")}),
    st.fixed_dictionaries({"within_next": lengths | st.just("5000w")}),
    st.fixed_dictionaries({"anniversary_within": st.sampled_from((0, 1, 7, 40, 100, 364, 365))}),
)
tests = _short(st.one_of(*timeless))
timed_tests = _short(st.one_of(*timeless, *clocked))
trait_paths = st.sampled_from(
    ("city", "age", "born", "vip", "address.city", "$os", "城市", "none")
) | st.just(["a.b"])
traits = _short(st.builds(lambda name, test: {"trait": name, **test}, trait_paths, timed_tests))
filters = _short(
    st.builds(lambda name, test: {"property": name, **test}, st.sampled_from(PATHS), tests)
)
timed_filters = _short(
    st.builds(lambda name, test: {"property": name, **test}, st.sampled_from(PATHS), timed_tests)
)
instants = st.integers(-3, 3).map(lambda days: show_instant(NOW + days * DAY))
windows: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"within": long_lengths}),
    st.fixed_dictionaries({"since": instants}),
    st.fixed_dictionaries({"before": instants}),
    st.builds(
        lambda during, zone: {"during": during} | zone,
        st.sampled_from((
            "today", "yesterday", "this_week", "last_week", "this_month", "last_month",
            "this_quarter", "last_quarter", "this_year", "last_year",
        )),
        st.sampled_from(({}, {}, {"zone": "brand"}, {"zone": "America/New_York"})),
    ),
)  # fmt: skip
counts: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"at_least": st.integers(0, 3)}),
    st.fixed_dictionaries({"at_most": st.integers(0, 3)}),
    st.fixed_dictionaries({"exactly": st.integers(0, 3)}),
    st.fixed_dictionaries({"at_least": st.integers(0, 2), "at_most": st.integers(2, 3)}),
)
wheres = st.one_of(
    st.just({}),
    st.just({}),
    st.fixed_dictionaries({"where": st.lists(filters, min_size=1, max_size=2)}),
)
#: With a synonym: it means the same as its canonical name.
names = st.sampled_from((*EVENTS, "Order Completed", "Never"))


def _merged(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all keys of all parts."""
    return {key: value for part in parts for key, value in part.items()}


def _operator(
    key: str, first: st.SearchStrategy[Any], *parts: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return mappings of an operator's key and of what stands beside it."""
    made = st.builds(lambda value, *each: {key: value} | _merged(each), first, *parts)
    return _short(made)


timed_wheres = st.one_of(
    st.just({}), st.just({}),
    st.fixed_dictionaries({"where": st.lists(timed_filters, min_size=1, max_size=2)}),
)  # fmt: skip
amounts = st.one_of(
    *(st.builds(lambda name, n: {name: n}, st.just(name), st.integers(-2, 3) | numbers.filter(
        lambda one: abs(one) < 1e308
    )) for name in ("is", "is_not", "above", "at_least", "below", "at_most")),
)  # fmt: skip
times = st.one_of(
    *(st.fixed_dictionaries({name: dates}) for name in ("before", "after")),
    *(st.fixed_dictionaries({name: lengths}) for name in ("within_last", "older_than")),
)
measures: st.SearchStrategy[dict[str, Any]] = _short(st.one_of(
    st.just({}), st.just({}),
    st.builds(
        lambda name, path, test: {name: {"property": path} | test},
        st.sampled_from(("sum", "avg", "min", "max", "distinct")), st.sampled_from(PATHS), amounts,
    ),
    st.builds(lambda path, test: {"last": {"property": path} | test},
              st.sampled_from(PATHS), timed_tests),
    st.builds(lambda name, test: {name: test},
              st.sampled_from(("first_time", "last_time")), times),
))  # fmt: skip
dids = _operator("did", names, counts, windows, timed_wheres, measures)
did_nots = _operator("did_not", names, windows, timed_wheres)
steps = _operator("did", names, wheres)
later_steps = _operator(
    "did", names, wheres, st.just({}) | st.fixed_dictionaries({"within": long_lengths})
)
sames: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {"same": st.sampled_from(("total", "shipping.city"))}
)
sequences = _operator(
    "sequence",
    st.builds(lambda one, more: [one, *more], steps, st.lists(later_steps, min_size=1, max_size=3)),
    sames, windows,
)  # fmt: skip
then_nots = _operator(
    "then_not",
    _operator("did", names, wheres, st.fixed_dictionaries({"within": lengths})),
    st.fixed_dictionaries({"after": steps}),
    sames,
    windows.filter(lambda one: "within" not in one) | st.just({"within": "31d"}),
)
CHANNELS = ("sms", "email")
WORDS: tuple[Any, ...] = (*CHANNELS, "SMS", "", "all", "*", "ALL", "push", None, 5, 0, [], True)
PURPOSES = ("marketing", "service")
kinds = st.sampled_from(("sent", "delivered", "not_sent", "opened"))
messages = _operator(
    "message", kinds,
    st.just({}) | st.fixed_dictionaries({"channel": st.sampled_from(CHANNELS)}),
    st.just({}) | st.fixed_dictionaries({"journey": st.just(["j1", "j2"])}),
    counts, windows, timed_wheres,
)  # fmt: skip
consents = _operator(
    "consent", st.sampled_from(PURPOSES),
    st.fixed_dictionaries({"channel": st.sampled_from(CHANNELS)}),
    st.just({})
    | st.fixed_dictionaries({"is": st.sampled_from(("granted", "withdrawn", "never_asked"))}),
    st.just({}) | st.fixed_dictionaries({"at": instants}),
)  # fmt: skip
lists = st.fixed_dictionaries({"list": st.sampled_from(("vip", "press"))})
buckets = st.builds(
    lambda salt, start, end: {"bucket": salt, "from": start, "below": end},
    st.sampled_from(("a", "夏天", "'|\"")),
    st.sampled_from((0, 12.5, 33.333333333333336, 1e-9)),
    st.sampled_from((50, 66.7, 99.99999, 100)),
)
SEGMENTS = ("alpha", "beta", "gamma")
references = st.fixed_dictionaries({"in_segment": st.sampled_from(SEGMENTS)})
own_leaves = (
    traits, dids, did_nots, sequences, then_nots, messages, consents, lists, buckets,
)  # fmt: skip


def _nested(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return trees over leaves."""
    return st.recursive(
        leaves,
        lambda below: st.one_of(
            st.lists(below, min_size=1, max_size=3).map(lambda each: {"all": each}),
            st.lists(below, min_size=1, max_size=3).map(lambda each: {"any": each}),
            below.map(lambda one: {"not": one}),
        ),
        max_leaves=3,
    )


trees = _short(_nested(_short(st.one_of(*own_leaves))))
#: Trees that may name one of `SEGMENTS`.
naming_trees = _short(_nested(_short(st.one_of(*own_leaves, references))))

#: Around the edges of every window.
moments = st.builds(
    lambda length, off: NOW - length + off,
    st.sampled_from((0, 1000, HOUR, DAY, 2 * DAY, 30 * DAY, -DAY)),
    st.sampled_from((-1, 0, 1)),
)
properties = st.one_of(
    st.dictionaries(st.sampled_from(("total", "category", "0", "at", "é")), values, max_size=3),
    st.dictionaries(st.just("shipping"), values, max_size=1),
    st.fixed_dictionaries({"total": st.sampled_from((1, 1.0, "1", 0, -0.0, None, True))}),
)
#: (name, when, properties).
happenings = st.one_of(
    st.tuples(st.sampled_from(EVENTS), moments, properties),
    st.tuples(
        st.sampled_from(("Message Sent", "Message Opened", "Message Not Sent")), moments,
        st.fixed_dictionaries({
            "channel": st.sampled_from(CHANNELS), "journey": st.sampled_from(("j1", "j3", 1)),
        }),
    ),
    st.tuples(
        st.sampled_from(("Consent Granted", "Consent Withdrawn")), moments,
        st.dictionaries(st.just("channel"), st.sampled_from(WORDS))
        .flatmap(lambda one: st.dictionaries(
            st.just("purpose"), st.sampled_from((*PURPOSES, "Marketing", "all", "*", "", None, 7))
        ).map(lambda two: one | two)),
    ),
    st.tuples(
        st.sampled_from(("List Entered", "List Left")), moments,
        st.fixed_dictionaries({"list": st.sampled_from(("vip", "press", None, ["vip"]))}),
    ),
)  # fmt: skip
people = _short(st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(TRAITS), values, max_size=4),
        st.lists(happenings, max_size=6),
    ),
    min_size=1, max_size=6,
))  # fmt: skip


class Drawn(NamedTuple):
    """A population, the brand's live segments, and what is asked of them."""

    people: Sequence[Person]
    segments: Mapping[str, Any]
    asked: Sequence[dict[str, Any]]

    @property
    def around(self) -> Surroundings:
        """Return what the conditions are read with."""
        return Surroundings(resolver=self.segments.get)


def persons(drawn: Sequence[Any], micros: int = 0) -> list[Person]:
    """Return drawn people with ids from 1; all happened so much later."""
    position = 0
    found = []
    for number, (traits_, happened) in enumerate(drawn, start=1):
        events = []
        for name, at, props in happened:
            position += 1
            events.append(Happened(at + micros, position, name, props))
        found.append(Person(number, events, traits_))
    return found


#: Segments that name each other, but never themselves.
brands = st.builds(
    lambda one, two, three: {
        "alpha": one, "beta": {"any": [{"in_segment": "alpha"}, two]},
        "gamma": {"all": [{"in_segment": "beta"}, {"not": {"in_segment": "alpha"}}, three]},
    },
    trees, trees, trees,
)  # fmt: skip
populations = _short(st.builds(
    lambda drawn, micros, brand, asked: (Drawn(persons(drawn, micros), brand, asked), micros),
    people,
    st.integers(0, 999_999) | st.just(0),
    brands,
    st.lists(naming_trees, min_size=1, max_size=3),
))  # fmt: skip
