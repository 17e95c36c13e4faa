"""The policy document: read with all its faults at once, written in one form that reads back."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from huiliu.kernel.texts import render
from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.attention import Attention, Stake
from huiliu.messages.caps import Cap
from huiliu.messages.policy_document import Policy, parse_policy, policy_of
from huiliu.messages.quiet import QuietHours
from huiliu.messages.rules import Rules, plain_rules

WHOLE = """\
huiliu: 1
kind: policy
slug: default
name:
  zh-CN: 触达策略
note: as agreed with legal
owner: crm
countries: false
quiet_hours:
  - from: 21:30
    to: 08:00
    countries:
      - CN
      - US-FL
    channels:
      - sms
    classes:
      - marketing
      - service
  - days:
      - sat
      - sun
    holidays: true
    channels:
      - sms
    countries:
      - DE
caps:
  week:
    most: 4
    within: 1w
  offers:
    most: 1
    per: day
    channels:
      - email
    journeys:
      - welcome
    categories:
      - offers
    each: channel
    waits: true
attention:
  look_ahead: 6h
  margin: 30.5
  remaining_value:
    tag: clv
  share: 5%
  journeys:
    welcome:
      margin: 12
      share: 20%
  segments:
    - vip
    - lapsed
  refuse_worthless: true
form_days: 45
"""
BARE = "huiliu: 1\nkind: policy\nslug: default\nname: {en: P}\n"


def read(source: str) -> Policy:
    """Return the policy of a source that has no faults."""
    found = parse_policy(source)
    assert isinstance(found, Policy), found
    return found


def faults(source: str) -> dict[str, str]:
    """Return path -> what is said, in English."""
    found = parse_policy(source)
    assert isinstance(found, tuple)
    return {one.path: render(one.text, "en") for one in found}


def test_every_field_is_read():
    """All that the reference names."""
    policy = read(WHOLE)

    assert policy.owner == "crm"
    assert policy.rules == Rules(
        quiet=(
            QuietHours(
                dt.time(21, 30), dt.time(8), frozenset({"CN", "US-FL"}), frozenset({"sms"}),
                frozenset({"marketing", "service"}),
            ),
            QuietHours(
                dt.time(), dt.time(), frozenset({"DE"}), frozenset({"sms"}),
                days=frozenset({5, 6}), holidays=True,
            ),
        ),
        caps=(
            Cap("week", 4, 7 * DAY),
            Cap(
                "offers", 1, 0, "day", frozenset({"email"}), frozenset({"welcome"}),
                frozenset({"offers"}), "channel", waits=True,
            ),
        ),
        attention=Attention(
            6 * HOUR, 30.5, 0.0, "clv", Fraction(1, 20),
            {"welcome": Stake(12.0, Fraction(1, 5))}, ("vip", "lapsed"), refuses_worthless=True,
        ),
        countries=False,
        form_days=45,
    )  # fmt: skip


def test_what_is_written_reads_back_the_same():
    """Canonical: a second writing changes nothing."""
    once = read(WHOLE)

    assert read(once.source()) == once
    assert read(once.source()).source() == once.source()


def test_what_is_left_out_is_as_shipped():
    """Four a week, quiet from nine to eight, the hours of countries."""
    assert read(BARE).rules == Rules()
    assert read(policy_of(plain_rules(3)).source()).rules == plain_rules(3)


def test_empty_lists_mean_none():
    """A brand may do without caps and without hours of its own."""
    rules = read(BARE + "quiet_hours: []\ncaps: {}\ncountries: false\n").rules

    assert (rules.quiet, rules.caps, rules.hours) == ((), (), ())


@pytest.mark.parametrize(
    ("more", "path", "words"),
    [
        ("countries: maybe\n", "countries", "true or false"),
        ("quiet_hours: {from: 1}\n", "quiet_hours", "list"),
        ("quiet_hours: [{from: '24:00', to: '08:00'}]\n", "quiet_hours[0].from", "local time"),
        ("quiet_hours: [{from: '08:00', to: '08:00'}]\n", "quiet_hours[0].to", "same time"),
        ("quiet_hours: [{from: '21:00'}]\n", "quiet_hours[0].to", "local time"),
        ("quiet_hours: [{days: [funday]}]\n", "quiet_hours[0].days", "mon, tue"),
        ("quiet_hours: [{days: [sun], countries: [germany]}]\n", "quiet_hours[0].countries",
         "ISO 3166"),
        ("quiet_hours: [{days: [sun], channels: [fax]}]\n", "quiet_hours[0].channels", "fax"),
        ("quiet_hours: [{days: [mon, tue, wed, thu, fri, sat, sun]}]\n", "quiet_hours",
         "ever be sent"),
        ("quiet_hours: [{from: '08:00', to: '22:00'}, {from: '22:00', to: '08:00'}]\n",
         "quiet_hours", "ever be sent"),
        ("caps: [1]\n", "caps", "map"),
        ("caps: {week: {within: 7d}}\n", "caps.week.most", "whole number"),
        ("caps: {week: {most: 1}}\n", "caps.week", "within, per"),
        ("caps: {week: {most: 1, per: day, within: 1d}}\n", "caps.week", "within, per"),
        ("caps: {week: {most: 1, per: year}}\n", "caps.week.per", "day, week, month"),
        ("caps: {week: {most: 1, within: 3y}}\n", "caps.week.within", "duration"),
        ("caps: {week: {most: 1, per: day, each: person}}\n", "caps.week.each", "journey"),
        ("caps: {Week One: {most: 1, per: day}}\n", "caps.Week One", "Week One"),
        ("attention: {margin: -1}\n", "attention.margin", "0 or more"),
        ("attention: {margin: .inf}\n", "attention.margin", "0 or more"),
        ("attention: {share: 120%}\n", "attention.share", "percentage"),
        ("attention: {look_ahead: 9d}\n", "attention.look_ahead", "duration"),
        ("attention: {remaining_value: {tag: No Tag}}\n", "attention.remaining_value.tag", "tag"),
        ("attention: {segments: vip}\n", "attention.segments", "segments"),
        ("attention: {journeys: {a: {share: 5}}}\n", "attention.journeys.a.share", "percentage"),
        ("form_days: -1\n", "form_days", "whole number"),
        ("colour: red\n", "colour", "colour"),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_path(more: str, path: str, words: str):
    """A person can find it and knows what is wanted."""
    found = faults(BARE + more)

    assert path in found
    assert words in found[path]


def test_all_faults_are_told_at_once_with_their_lines():
    """Three mistakes, three lines."""
    found = parse_policy(
        BARE + "countries: 1\ncaps:\n  week: {most: x, per: day}\nform_days: soon\n"
    )

    assert isinstance(found, tuple)
    assert [one.line for one in found] == [5, 7, 8]


def test_a_brand_has_one_policy():
    """Another slug would be a document that nobody obeys."""
    assert "slug" in faults(BARE.replace("default", "second"))
