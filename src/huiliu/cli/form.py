"""`huiliu form`: forms are checked, applied and looked at; links to them and what they brought."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.forms import Form, parse_form, said_in
from huiliu.kernel.consents import ADS
from huiliu.kernel.errors import BadInput
from huiliu.kernel.texts import Text, text
from huiliu.messages.channels import CHANNELS
from huiliu.services.form_data import results_json
from huiliu.services.form_results import FormResults, QuestionResult, form_results
from huiliu.services.forms import form_url, list_forms, open_form, personal_url, remove_form
from huiliu.services.publish import publish

__all__ = ["app"]

_BRAND = 1
_WIDTH = 24

app = App(name="form", help=sentence("cli.form.help"))

Name = Annotated[str, Parameter(help=sentence("cli.form.name"))]


@app.command(help=sentence("cli.form.check.help"))
def check(
    file: Path,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a form can be used."""
    form = _parse(file)
    if json:
        emit({
            "slug": form.slug, "use": form.use, "locales": list(form.locales),
            "questions": [one.id for one in form.questions],
            "consents": [one.id for one in form.consents], "page": bool(form.blocks),
        })  # fmt: skip
        return
    say(text("forms.ok", slug=form.slug, questions=len(form.questions),
             consents=len(form.consents), locales=", ".join(form.locales)))  # fmt: skip


@app.command(help=sentence("cli.form.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a form live as a new version."""
    form = _parse(file)
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, form.source, "cli", kind="form")
        url = form_url(house.world, _BRAND, form)
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new, "url": url})
    else:
        said = "forms.applied" if done.is_new else "forms.unchanged"
        say(text(said, slug=done.slug, version=done.version, url=url))


@app.command(name="list", help=sentence("cli.form.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the forms in use and how they did in 30 days."""
    with open_instance(instance) as house:
        found = list_forms(house.world, _BRAND)
    if json:
        emit([
            {"slug": one.slug, "name": dict(one.name), "use": one.use, "version": one.version,
             "seen": one.n_seen, "taken": one.n_taken, "page": one.has_page}
            for one in found
        ])  # fmt: skip
        return
    table(
        [text(f"forms.column.{word}") for word in ("slug", "name", "use", "seen", "taken")],
        (
            (one.slug, said_in(one.name, language()), text(f"forms.use.{one.use}"), one.n_seen,
             one.n_taken)
            for one in found
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.form.show.help"))
def show(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print where a form is and its document."""
    with open_instance(instance) as house:
        opened = open_form(house.world, _BRAND, name)
        url = form_url(house.world, _BRAND, opened.form)
    if json:
        emit({"slug": name, "version": opened.version, "url": url, "source": opened.form.source})
        return
    say(url)
    say(opened.form.source.rstrip("\n"))


@app.command(help=sentence("cli.form.results.help"))
def results(
    name: Name,
    /,
    *,
    days: Annotated[int, Parameter(help=sentence("cli.form.days"))] = 30,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what a form brought: views, forms filled in, answers."""
    with open_instance(instance) as house:
        house.catch_up()
        found = form_results(house.world, _BRAND, name, max(1, min(days, 3_650)))
    if json:
        emit(results_json(found))
    else:
        _tell(found)


@app.command(help=sentence("cli.form.link.help"))
def link(
    name: Name,
    person: Annotated[str, Parameter(help=sentence("cli.form.person"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print a link by which a form knows a person, and asks only for what is lacking."""
    with open_instance(instance) as house:
        house.catch_up()
        profile = asked_person(house.world, _BRAND, person)
        url = personal_url(house.world, _BRAND, name, profile)
    if json:
        emit({"slug": name, "url": url})
    else:
        say(url)


@app.command(help=sentence("cli.form.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a form out of use; what it brought stays."""
    with open_instance(instance) as house:
        remove_form(house.world, _BRAND, name)
    if json:
        emit({"slug": name, "removed": True})
    else:
        say(text("forms.removed", slug=name))


def _parse(file: Path) -> Form:
    """Return the form in a file; raise BadInput with every problem and its line."""
    found = parse_form(read_file(file), (*CHANNELS, ADS))
    if isinstance(found, tuple):
        raise in_file(str(file), BadInput(found))
    return found


def _tell(found: FormResults) -> None:
    """Print results in words."""
    share = "–" if found.completion is None else f"{found.completion:.1%}"
    say(text("forms.brought", slug=found.opened.form.slug, days=found.days, seen=found.n_seen,
             taken=found.n_taken, share=share))  # fmt: skip
    if found.away:
        say(text("forms.kept_away", n=sum(found.away.values())))
    for one in found.questions:
        _tell_question(one)


def _tell_question(one: QuestionResult) -> None:
    """Print what was answered to one question."""
    say(text("forms.answers", question=said_in(one.question.label, language()), n=one.n))
    if one.nps is not None:
        nps = one.nps
        say(text("forms.nps", score=f"{nps.score:+.0f}", low=f"{nps.low:+.0f}",
                 high=f"{nps.high:+.0f}", promoters=nps.n_promoters, passive=nps.n_passive,
                 detractors=nps.n_detractors))  # fmt: skip
    elif one.mean is not None:
        say(text("forms.mean", mean=f"{one.mean:.2f}"))
    for bar in one.bars:
        label: str | Text = said_in(bar.label, language()) or bar.value
        say(f"  {'█' * round(bar.share * _WIDTH):<{_WIDTH}} {bar.n:>6}  {label}")
