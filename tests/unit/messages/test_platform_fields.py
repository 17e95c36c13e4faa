"""Fields of approved forms: what each kind takes, when it is saved and when it is filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.kernel.texts import LOCALES, catalogue
from huiliu.messages.lint import lint
from huiliu.messages.platform_fields import fault_of, faults
from huiliu.messages.template import parse_template

TEMPLATE = """\
huiliu: 1
kind: template
slug: ship
name: {en: Shipped}
channel: mini_program
class: service
locales:
  zh-CN:
    template_id: S1
    fields:
      thing1: %s
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [("thing1", "茶" * 20), ("thing12", "a b，1！"), ("short_thing2", "已发货啦吧"),
     ("number3", "12.50"), ("letter4", "AbC"), ("symbol5", "!?#"),
     ("character_string6", "SF-1001 A"), ("time7", "15:01"), ("time7", "2026年11月22日 15:01"),
     ("time8", "9:00~10:30"), ("date9", "2026-11-22"), ("date9", "2026年11月22日 15:01:02"),
     ("amount10", "￥9.9"), ("amount10", "99元"), ("amount10", "1234567890"),
     ("phone_number11", "+86-0766-66888866"), ("car_number12", "粤A8Z888挂"),
     ("name13", "欧阳李雷韩梅梅王五六"), ("name13", "Alexander Hamilton"), ("phrase14", "配送中"),
     ("const15", "完成"), ("keyword1", "x" * 100), ("remark", "多少字都行" * 9)],
)  # fmt: skip
def test_a_value_that_fits_is_taken(name: str, value: str) -> None:
    """The examples of WeChat's own table, and kinds that nobody knows."""
    assert fault_of("mini_program", name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [("thing1", "茶" * 21, "fields.too_long"), ("thing1", " ", "fields.empty"),
     ("thing1", "一\n二", "fields.lines"), ("short_thing1", "六个字也太长", "fields.too_long"),
     ("number2", "12个", "fields.form.number"), ("letter3", "a1", "fields.form.letter"),
     ("symbol4", "a", "fields.form.symbol"),
     ("character_string5", "单号1", "fields.form.character_string"),
     ("time6", "明天", "fields.form.time"), ("date7", "15:01", "fields.form.date"),
     ("amount8", "12345678901", "fields.form.amount"), ("amount8", "九元", "fields.form.amount"),
     ("phone_number9", "电话", "fields.form.phone_number"),
     ("name10", "欧阳李雷韩梅梅王五六七", "fields.too_long"),
     ("phrase11", "六个汉字太长", "fields.too_long"), ("phrase11", "ok", "fields.form.phrase")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_why(name: str, value: str, key: str) -> None:
    """By kind; and each sentence stands in both languages."""
    fault = fault_of("wechat", name, value)

    assert fault is not None
    assert fault.key == key
    assert all(key in catalogue(locale) for locale in LOCALES)


@given(st.text(min_size=1, max_size=60))
def test_what_is_taken_is_never_longer_than_its_kind(value: str) -> None:
    """Whatever somebody is called: it goes as it is or is told."""
    if fault_of("mini_program", "thing1", value) is None:
        assert 0 < len(value.strip()) <= 20
        assert "\n" not in value.strip()


def test_douyin_names_its_fields_in_chinese_and_says_nothing_of_lengths() -> None:
    """Only an empty one is refused."""
    assert fault_of("douyin", "名次", "第一" * 40) is None
    assert [part for part, _ in faults("douyin", {"fields.名次": "", "page": ""})] == [
        "fields.名次"
    ]


def found(source: str) -> list[tuple[str, str]]:
    """Return severity and key of what lint finds."""
    return [(one.severity, one.text.key) for one in lint(parse_template(source))]


def test_a_fixed_text_that_is_too_long_keeps_a_template_from_going_live() -> None:
    """At save, before anybody gets it."""
    assert ("block", "fields.too_long") in found(TEMPLATE % ("茶" * 21))
    assert found(TEMPLATE % "已发货") == []


def test_a_field_that_fills_something_in_wants_to_be_shortened() -> None:
    """A product's name may be longer than WeChat takes; `truncate` says that it will not be."""
    grows = TEMPLATE % '"{{ event.product }} 已发货"'
    short = TEMPLATE % '"{{ event.product | truncate: 15 }} 已发货"'

    assert ("warn", "lint.field_may_grow") in found(grows)
    assert found(short) == []


WECHAT = """\
huiliu: 1
kind: template
slug: word
name: {en: Word}
channel: wechat
class: %s
locales:
  zh-CN: {type: %s, %s}
"""


@pytest.mark.parametrize(
    ("written", "key"),
    [(("marketing", "template", "template_id: T1, fields: {thing1: 茶}"),
      "lint.wechat_no_marketing"),
     (("service", "template", "fields: {thing1: 茶}"), "lint.wechat_no_template"),
     (("service", "template", "template_id: T1"), "lint.wechat_no_fields"),
     (("service", "letter", "text: 茶"), "lint.wechat_type"),
     (("service", "service", "url: 'https://b.cn'"), "lint.wechat_empty"),
     (("marketing", "mass", "text: '{{ person.name }} 您好'"), "lint.wechat_mass_personal"),
     (("service", "service", f"text: {'茶' * 700}"), "lint.wechat_long")],
)  # fmt: skip
def test_what_wechat_would_refuse_keeps_a_template_from_going_live(
    written: tuple[str, str, str], key: str
) -> None:
    """Advertising by template messages, forms without an id, words for one in a message to all."""
    assert ("block", key) in found(WECHAT % written)
