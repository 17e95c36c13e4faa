"""`huiliu template`: message templates are checked, applied and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.told_template import read_brief, tell_looked
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.messages.brief import Brief, brief_values
from huiliu.messages.segments import segment
from huiliu.messages.template import (
    Rendered,
    RenderFailed,
    Template,
    choose_locale,
    parse_template,
    render,
)
from huiliu.services.backtest import read_costs
from huiliu.services.goods import shows_goods
from huiliu.services.look_at_template import Looked, look_alone, look_at_template
from huiliu.services.message_gates import brief_of
from huiliu.services.preview_goods import invented_goods, preview_goods
from huiliu.services.preview_template import Preview, preview_for
from huiliu.services.preview_template import preview as show_preview
from huiliu.services.publish import publish
from huiliu.services.send_test import send_test

__all__ = ["app"]

_BRAND = 1
_EXAMPLE_URL = "https://brand.example/u/example"

app = App(name="template", help=sentence("cli.template.help"))


@app.command(help=sentence("cli.template.check.help"))
def check(
    file: Path,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a template can be used, with the variables that it reads."""
    template = _parse(file)
    if json:
        emit(_as_json(template))
    else:
        locales = ", ".join(template.locales)
        say(text("templates.ok", slug=template.slug, channel=template.channel, locales=locales))


@app.command(help=sentence("cli.template.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Store a template as a new version."""
    _parse(file)
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, file.read_bytes(), "cli", kind="template")
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        said = "templates.applied" if done.is_new else "templates.unchanged"
        say(text(said, slug=done.slug, version=done.version))


@app.command(name="list", help=sentence("cli.template.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all templates with their newest version."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = [(one, parse_template(one.source)) for one in tx.documents.all(_BRAND, "template")]
    if json:
        emit([_as_json(template) | {"version": one.version} for one, template in found])
        return
    headings = (text("templates.slug"), text("templates.version"), text("templates.channel"),
                text("templates.class"), text("templates.languages"))  # fmt: skip
    table(headings, (
        (one.slug, one.version, template.channel, template.message_class,
         ", ".join(template.locales))
        for one, template in found
    ))  # fmt: skip


@app.command(help=sentence("cli.template.lint.help"))
def lint(
    file: Annotated[Path, Parameter(help=sentence("cli.template.file"))],
    /,
    *,
    brief: Annotated[Path | None, Parameter(help=sentence("cli.template.brief"))] = None,
    instance: Annotated[
        Path | None, Parameter(name="--instance", help=sentence("cli.template.instance"))
    ] = None,
    json: Json = False,
) -> None:
    """Say what to mend in a template; exit with 2 where something keeps it from going live."""
    template = _parse(file)
    if instance is not None:
        with open_instance(instance) as house:
            costs = read_costs(house.settings.message_costs)
            seen = look_at_template(house.world, _BRAND, file.read_bytes(), costs)
    else:
        seen = look_alone(file.read_bytes(), template, _brief(brief))
    if json:
        emit(tell_looked(seen))
    else:
        _say_looked(file, seen)
    if seen.problems:
        raise BadInput(
            tuple(Problem(f"{file}: {one.path}", one.text, one.line) for one in seen.problems)
        )


@app.command(name="test", help=sentence("cli.template.test.help"))
def send_one(
    slug: Annotated[str, Parameter(help=sentence("cli.template.slug"))],
    /,
    *,
    to: Annotated[str, Parameter(help=sentence("cli.template.to"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Queue a template for one person, to see it arrive; policy holds as for any message."""
    with open_instance(instance) as house:
        house.catch_up()
        number = send_test(house.world, _BRAND, slug, to)
    if json:
        emit({"message_id": number.hex()})
    else:
        say(text("templates.tested", slug=slug, message=show_id(number)))


@app.command(help=sentence("cli.template.preview.help"))
def preview(  # noqa: PLR0913 - the options of a command
    file: Annotated[Path, Parameter(help=sentence("cli.template.file"))],
    /,
    *,
    set_: Annotated[
        list[str] | None, Parameter(name="--set", help=sentence("cli.template.set"))
    ] = None,
    locale: Annotated[str, Parameter(help=sentence("cli.template.locale"))] = "",
    variant: Annotated[str, Parameter(help=sentence("cli.template.variant"))] = "",
    brief: Annotated[Path | None, Parameter(help=sentence("cli.template.brief"))] = None,
    person: Annotated[str, Parameter(help=sentence("cli.template.person"))] = "",
    html: Annotated[Path | None, Parameter(help=sentence("cli.template.html"))] = None,
    at: Annotated[str, Parameter(help=sentence("cli.template.at"))] = "2026-01-01T12:00:00Z",
    zone: Annotated[str, Parameter(help=sentence("cli.template.zone"))] = "Asia/Shanghai",
    instance: Annotated[
        Path | None, Parameter(name="--instance", help=sentence("cli.template.instance"))
    ] = None,
    json: Json = False,
) -> None:
    """Print what somebody invented would get, or one of the brand's people, masked."""
    template = _parse(file)
    if variant and variant not in template.variants:
        known = ", ".join(template.variants) or "-"
        raise BadInput((Problem("--variant", text("templates.no_variant", known=known)),))
    if person:
        shown = _for_person(template, person, locale, variant, instance)
        rendered: Rendered | RenderFailed = Rendered(shown.locale, shown.parts, shown.variant)
    else:
        values = _values(set_ or [], as_instant(at) or 0, zone)
        values |= _goods(template, values, locale, instance)
        wanted = [locale] if locale else []
        if (facts := _facts(template, brief, instance)) is not None:
            values["brief"] = brief_values(facts, choose_locale(template, wanted, variant))
        rendered = render(template, wanted, values, variant)
    if isinstance(rendered, RenderFailed):
        path = f"locales.{rendered.locale}.{rendered.part}"
        raise BadInput((Problem(path, text("templates.liquid", details=rendered.details)),))
    if html is not None:
        html.write_text(rendered.parts.get("html", rendered.parts.get("text", "")), "utf-8")
    if json:
        emit({
            "locale": rendered.locale, "variant": rendered.variant, "parts": dict(rendered.parts),
            **_count(template, rendered),
        })  # fmt: skip
        return
    _say_rendered(template, rendered)


def _say_rendered(template: Template, rendered: Rendered) -> None:
    """Print the parts of a message, and what an SMS is made of."""
    for part, words in rendered.parts.items():
        say(f"[{part}]")
        say(words.rstrip("\n"))
    if template.channel == "sms":
        counted = segment(rendered.parts["text"])
        say(text("templates.segments", n=len(counted.parts), units=counted.n_units,
                 encoding=counted.encoding))  # fmt: skip


def _say_looked(file: Path, seen: Looked) -> None:
    """Print what was seen in a template, apart from what keeps it from going live."""
    for size in seen.sizes:
        where = f"{size.variant} {size.locale}".strip()
        said = text("templates.size", where=where, n=size.length.n_parts,
                    units=size.length.n_units, encoding=size.length.encoding)  # fmt: skip
        say(said if size.cost is None else text("templates.cost", size=said, cost=size.cost))
    for one in seen.findings:
        place = f"{file}:{one.line}" if one.line else str(file)
        word = text("lint.warn" if one.severity == "warn" else "lint.hint")
        say(text("templates.finding", place=place, word=word, path=one.path, said=one.text))
    if not seen.findings and not seen.problems:
        say(text("lint.clean"))


def _for_person(
    template: Template, person: str, locale: str, variant: str, instance: Path | None
) -> Preview:  # fmt: skip
    """Return what one of the brand's people would get, personal values masked."""
    with open_instance(instance or HERE) as house:
        house.catch_up()
        whom = preview_for(house.world, _BRAND, person, locale, variant or None)
        facts = None
        if template.brief:
            with house.world.store.transaction(_BRAND) as tx:
                facts = brief_of(tx, _BRAND, template.brief)
        return show_preview(house.world, _BRAND, template, whom, facts)


def _facts(template: Template, file: Path | None, instance: Path | None) -> Brief | None:
    """Return the brief that a template tells: of a file, or of the instance."""
    if file is not None or not template.brief or instance is None:
        return _brief(file)
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        return brief_of(tx, _BRAND, template.brief)


def _brief(file: Path | None) -> Brief | None:
    """Return the brief of a file."""
    return None if file is None else read_brief(file)


def _goods(
    template: Template, values: dict[str, object], locale: str, instance: Path | None
) -> dict[str, object]:
    """Return the products that a template shows: of the instance, or invented ones."""
    if not shows_goods(template):
        return {}
    if instance is None:
        return invented_goods(template)
    entry = values["event"]
    assert isinstance(entry, dict)
    with open_instance(instance) as house:
        return preview_goods(house.world, _BRAND, template, entry, locale)


def _count(template: Template, rendered: Rendered) -> dict[str, object]:
    """Return what an SMS costs in parts; nothing for other channels."""
    if template.channel != "sms":
        return {}
    counted = segment(rendered.parts["text"])
    return {
        "segments": len(counted.parts), "encoding": counted.encoding, "units": counted.n_units
    }  # fmt: skip


def _values(written: list[str], now: int, zone: str) -> dict[str, object]:
    """Return what a template may use: `person.name=李雷`, `event.total=12.5`, `key=o-1`."""
    person: dict[str, object] = {}
    event: dict[str, object] = {}
    values: dict[str, object] = {
        "person": person, "event": event, "event_name": "Example", "event_at": now, "key": "",
        "now": now, "zone": zone, "unsubscribe_url": _EXAMPLE_URL,
        "confirm_url": _EXAMPLE_URL, "preferences_url": _EXAMPLE_URL,
    }  # fmt: skip
    problems: list[Problem] = []
    for word in written:
        name, equals, value = word.partition("=")
        root, _, rest = name.partition(".")
        if not equals or (rest and root not in {"person", "event"}):
            problems.append(Problem(word, text("templates.not_a_value")))
        elif rest:
            (person if root == "person" else event)[rest] = value
        else:
            values[name] = value
    if problems:
        raise BadInput(tuple(problems))
    return values


def _parse(file: Path) -> Template:
    """Return the template of a file; raise BadInput with the file's name before each path.

    Raises:
        NotFound: there is no such file.
        BadInput: it cannot be read, or holds no template.
    """
    try:
        source = file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(file), said),)) from fault
    try:
        return parse_template(source)
    except BadInput as fault:
        raise BadInput(
            tuple(Problem(f"{file}: {one.path}", one.text, one.line) for one in fault.problems)
        ) from fault


def _as_json(template: Template) -> dict[str, object]:
    """Return a template's face."""
    return {
        "slug": template.slug,
        "channel": template.channel,
        "class": template.message_class,
        "locales": list(template.locales),
        "traits": sorted(template.traits),
        "properties": sorted(template.properties),
        "recommend": template.recommend.tree() if template.recommend else None,
        "brief": template.brief or None,
        "variants": list(template.variants),
    }
