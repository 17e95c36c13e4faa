"""What a message would look like, for an invented person: nothing about anybody is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.messages.template import RenderFailed, parse_template, render
from huiliu.ports.world import World
from huiliu.services.preview_goods import invented_goods

__all__ = ["Preview", "preview_source", "preview_template"]

_EXAMPLE_URL: Final = "https://example.com/u/preview"
#: Trait -> what the invented person has; another trait shows its own name.
_PERSON: Final[Mapping[str, Mapping[str, object]]] = {
    "zh-CN": {"name": "李雷", "first_name": "雷", "city": "上海", "member_level": "金卡"},
    "en": {"name": "Alex Chen", "first_name": "Alex", "city": "Shanghai", "member_level": "Gold"},
}
_EVENT: Final[Mapping[str, object]] = {
    "order_id": "A-1001", "total": 199.0, "currency": "CNY",
    "from": 199.0, "to": 149.0, "tracking_number": "SF1380013800",
    "tracking_url": "https://example.com/t/SF1380013800",
}  # fmt: skip
#: Property -> what stands in it where the reader's language matters.
_SAID: Final[Mapping[str, Mapping[str, object]]] = {
    "zh-CN": {
        "products": [{"name": "真丝衬衫", "quantity": 1}], "name": "真丝衬衫",
        "carrier": "顺丰速运", "disrupted_region": "浙江省", "note": "",
    },
    "en": {
        "products": [{"name": "Silk shirt", "quantity": 1}], "name": "Silk shirt", "carrier": "UPS",
        "disrupted_region": "Zhejiang", "note": "",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered message."""

    channel: str
    message_class: str
    locale: str
    #: Part -> words: subject, text, html ...
    parts: Mapping[str, str]


def preview_template(world: World, brand_id: int, slug: str, locale: str) -> Preview:
    """Return the newest version of a template as an invented person would get it.

    Raises:
        NotFound: there is no such template.
        BadInput: it cannot be filled in.
    """
    with world.store.transaction(brand_id) as tx:
        source = tx.documents.latest(brand_id, "template", slug).source
    return preview_source(world, source, locale)


def preview_source(world: World, source: str, locale: str) -> Preview:
    """Return a template as an invented person would get it, with invented products.

    Raises:
        BadInput: it cannot be filled in.
    """
    template = parse_template(source)
    person = {name: f"‹{name}›" for name in template.traits} | dict(_PERSON[locale])
    event = {name: f"‹{name}›" for name in template.properties} | dict(_EVENT)
    event |= _SAID[locale]
    now = world.clock.now()
    values = {
        "person": person, "event": event, "event_name": "Example", "event_at": now, "key": "A-1001",
        "now": now, "zone": world.zone, "unsubscribe_url": _EXAMPLE_URL,
    } | invented_goods(template, locale)  # fmt: skip
    rendered = render(template, [locale], values)
    if isinstance(rendered, RenderFailed):
        path = f"locales.{rendered.locale}.{rendered.part}"
        raise BadInput((Problem(path, text("templates.liquid", details=rendered.details)),))
    return Preview(template.channel, template.message_class, rendered.locale, dict(rendered.parts))
