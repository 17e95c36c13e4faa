"""The policy document: a brand's quiet hours, caps, attention and fatigue; canonical YAML out."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from huiliu.kernel.documents import HEADER, Loaded, dump, join_path, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.shares import as_share, show_percent
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE, as_duration, show_duration
from huiliu.messages.attention import Attention, Stake
from huiliu.messages.caps import EACH, PERIODS, Cap
from huiliu.messages.channels import CHANNELS
from huiliu.messages.quiet import MARKETING, QuietHours, Where, applying, is_ever_open
from huiliu.messages.rules import Rules

__all__ = ["CLASSES", "DAYS", "Policy", "parse_policy", "policy_of"]

KIND: Final = "policy"
CLASSES: Final = ("marketing", "service")
#: As documents write them, Monday first.
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_KNOWN: Final = (*HEADER, "owner", "countries", "quiet_hours", "caps", "attention", "form_days")
_QUIET: Final = ("from", "to", "countries", "channels", "classes", "days", "holidays")
_CAP: Final = ("most", "within", "per", "channels", "journeys", "categories", "each", "waits")
_ATTENTION: Final = (
    "look_ahead", "margin", "remaining_value", "share", "journeys", "segments", "refuse_worthless",
)  # fmt: skip
_STAKE: Final = ("margin", "share")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_COUNTRY: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LONGEST: Final = 366 * DAY
#: A Monday: what waits is asked about from here.
_ANY_MONDAY: Final = 1_773_619_200_000_000


@dataclass(frozen=True, slots=True)
class Policy:
    """A brand's policy as it was written."""

    slug: str
    #: By language.
    name: Mapping[str, str]
    note: str
    rules: Rules
    #: Who answers for it; "" = nobody said.
    owner: str = ""

    def source(self) -> str:
        """Return the canonical YAML."""
        rules = self.rules
        tree: dict[str, object] = {
            "huiliu": 1, "kind": KIND, "slug": self.slug, "name": dict(self.name),
        }  # fmt: skip
        said = {"note": self.note, "owner": self.owner}
        tree |= {name: word for name, word in said.items() if word}
        tree |= {
            "countries": rules.countries, "quiet_hours": [_quiet_tree(one) for one in rules.quiet],
            "caps": {cap.name: _cap_tree(cap) for cap in rules.caps},
        }  # fmt: skip
        tree |= {"attention": one} if (one := _attention_tree(rules.attention)) else {}
        tree["form_days"] = rules.form_days
        return dump(tree)


def policy_of(rules: Rules) -> Policy:
    """Return the document that says what the settings say: where a brand begins to write one."""
    return Policy("default", {"zh-CN": "触达策略", "en": "Contact policy"}, "", rules)


def parse_policy(source: str | bytes) -> Policy | tuple[Problem, ...]:
    """Return the policy that a YAML source describes, or every problem with path and line."""
    loaded = load(source)
    if not loaded.tree:
        return loaded.problems or (Problem("", text("policy.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    reading = _Reading(loaded, [*loaded.problems, *problems])
    fields = reading.fields(loaded.tree, "", _KNOWN)
    usual = Rules()
    rules = Rules(
        quiet=_quiet(fields) if fields.has("quiet_hours") else usual.quiet,
        caps=_caps(fields) if fields.has("caps") else usual.caps,
        attention=_attention(fields),
        countries=fields.flag("countries", default=True),
        form_days=fields.whole("form_days", (0, 366), default=usual.form_days),
    )
    owner = fields.word("owner", default="")
    if header is not None and header.slug != "default":
        fields.wrong("slug", "policy.one_only")
    if not reading.problems:
        _refuse_never_open(fields, rules)
    if reading.problems or header is None:
        return tuple(sorted(reading.problems, key=lambda one: one.line))
    return Policy(header.slug, header.name, header.note, rules, owner)


@dataclass(slots=True)
class _Reading:
    """A document on its way: where everything stands, and what is wrong so far."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)

    def fields(self, value: Value, path: str, known: Collection[str]) -> _Fields:
        """Return the fields of a map; no map, or one it does not know, is a problem."""
        if not isinstance(value, dict):
            self.problems.append(self.loaded.problem(path, text("journeys.not_a_map")))
            return _Fields(self, path, {})
        for name in value:
            if name not in known:
                said = text("journeys.unknown_field", name=name, known=", ".join(known))
                self.problems.append(self.loaded.problem(join_path(path, name), said))
        return _Fields(self, path, value)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one map; a fault is noted and yields a harmless value."""

    reading: _Reading
    path: str
    values: Mapping[str, Value]

    def has(self, name: str) -> bool:
        """Say whether a field is written."""
        return self.values.get(name) is not None

    def wrong(self, field_name: str, said: str, **arguments: object) -> None:
        """Note a problem at a field."""
        at = join_path(self.path, field_name) if field_name else self.path
        self.reading.problems.append(self.reading.loaded.problem(at, text(said, **arguments)))

    def word(self, name: str, *, default: str) -> str:
        """Return a string."""
        found = self.values.get(name)
        if found is None:
            return default
        if not isinstance(found, str) or not found.strip():
            self.wrong(name, "journeys.want_word", name=name)
            return default
        return found.strip()

    def words(self, name: str, known: Collection[str] = ()) -> frozenset[str]:
        """Return a list of words, one alone is a list of one; of those known, where some are."""
        found = self.values.get(name)
        if found is None:
            return frozenset()
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(
            isinstance(word, str) and word for word in listed
        ):
            self.wrong(name, "journeys.want_words", name=name)
            return frozenset()
        words = [word for word in listed if isinstance(word, str)]
        for word in words:
            if known and word not in known:
                self.wrong(name, "policy.unknown_word", word=word, known=", ".join(known))
        return frozenset(words)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""
        found = self.values.get(name, default)
        if not isinstance(found, bool):
            self.wrong(name, "journeys.want_flag", name=name)
            return default
        return found

    def whole(self, name: str, bounds: tuple[int, int], *, default: int | None = None) -> int:
        """Return a whole number within bounds, both included; required without a default."""
        found = self.values.get(name)
        if found is None and default is not None:
            return default
        least, most = bounds
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            self.wrong(name, "journeys.want_whole", name=name, least=least, most=most)
            return least if default is None else default
        return found

    def amount(self, name: str) -> float | None:
        """Return an amount of money that is not negative; None where none is written."""
        found = self.values.get(name)
        if found is None:
            return None
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        if not is_number or not math.isfinite(float(found)) or float(found) < 0:  # type: ignore[arg-type] # a number, as was just asked
            self.wrong(name, "policy.want_amount", name=name)
            return None
        return float(found)  # type: ignore[arg-type] # as above

    def share(self, name: str) -> Fraction | None:
        """Return a share written `10%`; None where none is written."""
        found = self.values.get(name)
        if found is None:
            return None
        share = as_share(found)
        if share is None:
            self.wrong(name, "journeys.want_share", name=name)
        return share

    def clock(self, name: str, default: dt.time) -> dt.time:
        """Return a wall-clock time."""
        found = self.values.get(name)
        parts = _CLOCK.fullmatch(found) if isinstance(found, str) else None
        if parts is None:
            self.wrong(name, "journeys.want_clock", name=name)
            return default
        return dt.time(int(parts[1]), int(parts[2]))

    def duration(self, name: str, longest: int) -> int | None:
        """Return a duration of a minute at least; None after noting that it is none."""
        found = self.values.get(name)
        length = as_duration(found) if isinstance(found, str) else None
        if length is None or not MINUTE <= length <= longest:
            self.wrong(name, "policy.want_duration", name=name, longest=show_duration(longest))
            return None
        return length


def _quiet(fields: _Fields) -> tuple[QuietHours, ...]:
    """Return the brand's own quiet hours."""
    written, found = fields.values["quiet_hours"], []
    if not isinstance(written, list):
        fields.wrong("quiet_hours", "journeys.want_list", name="quiet_hours")
        return ()
    for nth, item in enumerate(written):
        one = fields.reading.fields(item, f"quiet_hours[{nth}]", _QUIET)
        start = end = dt.time()
        days = frozenset(DAYS.index(day) for day in one.words("days", DAYS) if day in DAYS)
        holidays = one.flag("holidays")
        if one.has("from") or one.has("to") or not (days or holidays):
            start, end = one.clock("from", start), one.clock("to", end)
            if start == end and one.has("from") and one.has("to"):
                one.wrong("to", "policy.no_hours")
        countries = one.words("countries")
        if any(not _COUNTRY.fullmatch(country) for country in countries):
            one.wrong("countries", "policy.want_country")
        classes = one.words("classes", CLASSES) or MARKETING
        channels = one.words("channels", tuple(CHANNELS))
        found.append(QuietHours(start, end, countries, channels, classes, days, holidays))
    return tuple(found)


def _caps(fields: _Fields) -> tuple[Cap, ...]:
    """Return the caps."""
    written = fields.values["caps"]
    if not isinstance(written, dict):
        fields.wrong("caps", "journeys.not_a_map")
        return ()
    found = []
    for name, item in written.items():
        path = join_path("caps", name)
        if not is_slug(name):
            fields.reading.problems.append(
                fields.reading.loaded.problem(path, text("journeys.node_name", name=name))
            )
        one = fields.reading.fields(item, path, _CAP)
        most = one.whole("most", (0, 10_000))
        if one.has("within") == one.has("per"):
            one.wrong("", "journeys.want_one_of", known="within, per")
        window = (one.duration("within", _LONGEST) or 0) if one.has("within") else 0
        period = one.word("per", default="")
        if period and period not in PERIODS:
            one.wrong("per", "journeys.want_choice", name="per", choices=", ".join(PERIODS))
        each = one.word("each", default="")
        if each and each not in EACH:
            one.wrong("each", "journeys.want_choice", name="each", choices=", ".join(EACH))
        found.append(
            Cap(
                name, most, window, period, one.words("channels", tuple(CHANNELS)),
                one.words("journeys"), one.words("categories"), each, one.flag("waits"),
            )
        )  # fmt: skip
    return tuple(found)


def _attention(fields: _Fields) -> Attention:
    """Return how journeys compete."""
    usual = Attention()
    if not fields.has("attention"):
        return usual
    one = fields.reading.fields(fields.values["attention"], "attention", _ATTENTION)
    look = usual.look_ahead
    if one.has("look_ahead"):
        look = one.duration("look_ahead", 2 * DAY) or look
    tag, remaining = "", 0.0
    value = one.values.get("remaining_value")
    if isinstance(value, dict):
        inner = one.reading.fields(value, "attention.remaining_value", ("tag",))
        tag = inner.word("tag", default="")
        if not is_slug(tag):
            inner.wrong("tag", "journeys.want_slug", name="tag")
    else:
        remaining = one.amount("remaining_value") or 0.0
    stakes = {}
    if one.has("journeys"):
        of = one.values["journeys"]
        names = list(of) if isinstance(of, dict) else []
        each = one.reading.fields(of, "attention.journeys", names)
        for name in names:
            stake = one.reading.fields(each.values[name], join_path(each.path, name), _STAKE)
            stakes[name] = Stake(stake.amount("margin"), stake.share("share"))
    segments = one.values.get("segments")
    listed = tuple(map(str, segments)) if isinstance(segments, list) else ()
    if segments is not None and (not listed or not all(map(is_slug, listed))):
        one.wrong("segments", "journeys.want_words", name="segments")
        listed = ()
    return Attention(
        look, one.amount("margin") or 0.0, remaining, tag, one.share("share") or Fraction(0),
        stakes, listed, one.flag("refuse_worthless"),
    )  # fmt: skip


def _refuse_never_open(fields: _Fields, rules: Rules) -> None:
    """Note where nothing could ever be sent: a message would wait for ever."""
    places: set[tuple[str, ...]] = {()}
    places |= {
        tuple(dict.fromkeys((one.partition("-")[0], one)))
        for each in rules.hours
        for one in each.countries
    }
    for channel in CHANNELS:
        for kind in CLASSES:
            for where in sorted(places):
                hours = applying(rules.hours, channel, kind, where)
                if not is_ever_open(hours, Where(("UTC",), where), _ANY_MONDAY):
                    fields.wrong(
                        "quiet_hours", "policy.never_open", channel=channel, kind=kind,
                        place=where[-1] if where else "-",
                    )  # fmt: skip
                    return


def _quiet_tree(one: QuietHours) -> dict[str, object]:
    """Return quiet hours as they are written."""
    tree: dict[str, object] = {}
    if one.start != one.end:
        tree |= {"from": f"{one.start:%H:%M}", "to": f"{one.end:%H:%M}"}
    tree |= _lists(countries=one.countries, channels=one.channels)
    if one.classes != MARKETING:
        tree["classes"] = sorted(one.classes)
    if one.days:
        tree["days"] = [DAYS[day] for day in sorted(one.days)]
    return tree | ({"holidays": True} if one.holidays else {})


def _cap_tree(cap: Cap) -> dict[str, object]:
    """Return a cap as it is written."""
    tree: dict[str, object] = {"most": cap.most}
    tree |= {"per": cap.period} if cap.period else {"within": show_duration(cap.window)}
    tree |= _lists(channels=cap.channels, journeys=cap.journeys, categories=cap.categories)
    tree |= {"each": cap.each} if cap.each else {}
    return tree | ({"waits": True} if cap.waits else {})


def _lists(**lists: Collection[str]) -> dict[str, object]:
    """Return those that are not empty, in order."""
    return {name: sorted(words) for name, words in lists.items() if words}


def _attention_tree(one: Attention) -> dict[str, object]:
    """Return what differs from the usual."""
    tree: dict[str, object] = {}
    if one.look_ahead != Attention().look_ahead:
        tree["look_ahead"] = show_duration(one.look_ahead)
    if one.margin:
        tree["margin"] = _plain(one.margin)
    if one.remaining_tag:
        tree["remaining_value"] = {"tag": one.remaining_tag}
    elif one.remaining:
        tree["remaining_value"] = _plain(one.remaining)
    if one.share:
        tree["share"] = show_percent(one.share)
    if one.journeys:
        tree["journeys"] = {slug: _stake_tree(stake) for slug, stake in one.journeys.items()}
    if one.segments:
        tree["segments"] = list(one.segments)
    return tree | ({"refuse_worthless": True} if one.refuses_worthless else {})


def _stake_tree(stake: Stake) -> dict[str, object]:
    """Return a journey's stake as it is written."""
    tree: dict[str, object] = {}
    tree |= {"margin": _plain(stake.margin)} if stake.margin is not None else {}
    return tree | ({"share": show_percent(stake.share)} if stake.share is not None else {})


def _plain(amount: float) -> float | int:
    """Return an amount without a point where it needs none."""
    return int(amount) if amount.is_integer() else amount
