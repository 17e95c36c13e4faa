"""What a message would look like, for an invented person or for one of the brand's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.messages.brief import Brief, brief_values
from huiliu.messages.channels import FIELD
from huiliu.messages.dark import in_dark
from huiliu.messages.template import (
    RenderFailed,
    Template,
    choose_locale,
    choose_variant,
    parse_template,
    render,
)
from huiliu.ports.world import World
from huiliu.services.find_people import find_person
from huiliu.services.message_gates import brief_of
from huiliu.services.preview_goods import invented_goods, preview_goods
from huiliu.services.show_profile import PersonView, reveal_profile, show_profile

__all__ = [
    "INVENTED",
    "Preview",
    "PreviewFor",
    "preview",
    "preview_for",
    "preview_source",
    "preview_template",
]

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
#: What an earlier node of a journey left: a coupon, as that is what messages show.
_CARRIED: Final[Mapping[str, object]] = {
    "ok": True, "coupon": "welcome", "code": "HELLO8K2MNP4", "expires_at": "2026-12-31T15:59:59Z",
    "status": 200, "body": {},
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
class PreviewFor:
    """Whom a preview is for."""

    #: "" = as it suits the person, or the template's own.
    locale: str = ""
    #: A segment whose variant is looked at, `neutral`; None = as it suits the person.
    variant: str | None = None
    #: Trait -> value of a person of the brand's; None = somebody invented.
    traits: Mapping[str, object] | None = None
    segments: Collection[str] = ()
    #: The person's own language.
    own_locale: str = ""


#: Somebody invented, in the template's own language.
INVENTED: Final = PreviewFor()


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendered message."""

    channel: str
    message_class: str
    locale: str
    #: Part -> words: subject, text, html ...
    parts: Mapping[str, str]
    #: The segment that it is for, `neutral`, or "".
    variant: str = ""
    #: The HTML as a reader sees it who asks for dark; "" = there is none.
    dark: str = field(default="", repr=False)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return the named fields of an approved form."""
        return [
            (part.removeprefix(FIELD), words)
            for part, words in self.parts.items()
            if part.startswith(FIELD)
        ]


def preview_template(world: World, brand_id: int, slug: str, locale: str) -> Preview:
    """Return the newest version of a template as an invented person would get it.

    Raises:
        NotFound: there is no such template.
        BadInput: it cannot be filled in.
    """
    with world.store.transaction(brand_id) as tx:
        template = parse_template(tx.documents.latest(brand_id, "template", slug).source)
        brief = brief_of(tx, brand_id, template.brief) if template.brief else None
    return preview(world, brand_id, template, PreviewFor(locale), brief)


def preview_source(world: World, source: str, locale: str) -> Preview:
    """Return a template as an invented person would get it, with invented products.

    Raises:
        BadInput: it cannot be filled in.
    """
    return preview(world, 0, parse_template(source), PreviewFor(locale))


def preview_for(
    world: World, brand_id: int, person: str, locale: str, variant: str | None, reveal_by: int = 0
) -> PreviewFor:
    """Return a person of the brand's as somebody to preview for.

    Args:
        world: the instance.
        brand_id: whose person.
        person: an id or any identifier.
        locale: asked for; "" = the person's.
        variant: asked for; None = as it suits the person.
        reveal_by: who may see personal values in the clear, which is written down; 0 = masked.

    Raises:
        NotFound: nobody has that id or identifier.
    """
    profile = find_person(world, brand_id, person)
    if profile is None:
        raise NotFound("profile", person)
    view: PersonView = (
        reveal_profile(world, brand_id, profile, reveal_by)
        if reveal_by
        else show_profile(world, brand_id, profile)
    )
    traits = {one.name: one.value for one in view.traits}
    own = traits.get("locale")
    return PreviewFor(
        locale, variant, traits, view.segments, own if isinstance(own, str) else ""
    )  # fmt: skip


def preview(
    world: World,
    brand_id: int,
    template: Template,
    whom: PreviewFor = INVENTED,
    brief: Brief | None = None,
) -> Preview:
    """Return a template as somebody would get it.

    Args:
        world: the instance.
        brand_id: whose; only asked where a person of the brand's is shown products.
        template: what is looked at, perhaps never stored.
        whom: who would get it.
        brief: what it tells.

    Raises:
        BadInput: it cannot be filled in.
    """
    variant = whom.variant if whom.variant is not None else choose_variant(template, whom.segments)
    wanted = [one for one in (whom.locale, whom.own_locale) if one]
    locale = choose_locale(template, wanted, variant)
    said = "zh-CN" if locale.lower().startswith("zh") else "en"
    person = whom.traits
    if person is None:
        person = {name: f"‹{name}›" for name in template.traits} | dict(_PERSON[said])
    event = {name: f"‹{name}›" for name in template.properties} | dict(_EVENT)
    event |= _SAID[said]
    now = world.clock.now()
    values: dict[str, object] = {
        "person": person, "event": event, "event_name": "Example", "event_at": now, "key": "A-1001",
        "now": now, "zone": world.zone, "unsubscribe_url": _EXAMPLE_URL,
        "confirm_url": _EXAMPLE_URL, "preferences_url": _EXAMPLE_URL,
        "post_url": _EXAMPLE_URL,
        "carried": dict.fromkeys(_carried(template), _CARRIED),
    }  # fmt: skip
    if whom.traits is None:
        values |= invented_goods(template, locale)
    else:
        values |= preview_goods(world, brand_id, template, event, locale)
    if brief is not None:
        values["brief"] = brief_values(brief, locale)
    rendered = render(template, wanted, values, variant)
    if isinstance(rendered, RenderFailed):
        path = f"locales.{rendered.locale}.{rendered.part}"
        raise BadInput((Problem(path, text("templates.liquid", details=rendered.details)),))
    return Preview(
        template.channel, template.message_class, rendered.locale,
        MappingProxyType(dict(rendered.parts)), rendered.variant,
        in_dark(rendered.parts["html"]) if "html" in rendered.parts else "",
    )  # fmt: skip


def _carried(template: Template) -> set[str]:
    """Return under which names a template expects what earlier nodes left."""
    words = [name.split(".") for name in template.variables]
    return {one[1] for one in words if one[0] == "carried" and len(one) > 1}
