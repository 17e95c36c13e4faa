"""Forms that are live: which there are, opening one, where it is, taking one out of use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.forms import Form, parse_form
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.times import DAY
from huiliu.messages.channels import CHANNELS
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.form_tokens import person_token

__all__ = [
    "KIND",
    "FormView",
    "OpenForm",
    "count_visit",
    "form_url",
    "list_forms",
    "needs",
    "open_form",
    "parsed_form",
    "personal_url",
    "remove_form",
]

KIND: Final = "form"
_SLOTS: Final = 16
_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form, and which version of its document it is."""

    form: Form
    version: int

    @property
    def text_version(self) -> str:
        """Return what proves later which words were read."""
        return f"form/{self.form.slug}@{self.version}"


@dataclass(frozen=True, slots=True)
class FormView:
    """One form in the list."""

    slug: str
    name: Mapping[str, str]
    use: str
    version: int
    #: How often it was seen and taken in the last 30 days.
    n_seen: int
    n_taken: int
    has_page: bool


@lru_cache(maxsize=256)
def parsed_form(source: str) -> Form:
    """Return the form of a stored source, which was checked when it was published.

    Raises:
        BadInput: it was written by a version that understood more than this one.
    """
    found = parse_form(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def needs() -> Mapping[str, str]:
    """Return channel -> the identifier that it reaches people by."""
    return {
        name: channel.identifier.word for name, channel in CHANNELS.items() if channel.identifier
    }


def open_form(world: World, brand_id: int, slug: str, version: int = 0) -> OpenForm:
    """Return a form in use, or one version of it.

    Raises:
        NotFound: there is no such form in use.
    """
    with world.store.transaction(brand_id) as tx:
        return open_in(tx, brand_id, slug, version)


def open_in(tx: Tx, brand_id: int, slug: str, version: int = 0) -> OpenForm:
    """Do the same inside a transaction."""
    found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    if version:
        found = tx.documents.version(brand_id, KIND, slug, version)
    return OpenForm(parsed_form(found.source), found.version)


def list_forms(world: World, brand_id: int) -> list[FormView]:
    """Return every form in use, by slug."""
    since = world.clock.now() // DAY - _MONTH
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, KIND) if one.state != "archived"]
        return [_view(tx, one, since) for one in documents]


def remove_form(world: World, brand_id: int, slug: str) -> None:
    """Take a form out of use: its page is gone, what it brought stays.

    Raises:
        NotFound: there is no such form in use.
    """
    open_form(world, brand_id, slug)
    with world.store.transaction(brand_id) as tx:
        tx.documents.set_state(brand_id, KIND, slug, "archived")


def form_url(world: World, brand_id: int, form: Form) -> str:
    """Return where people find a form: its landing page where it has one."""
    door = "l" if form.blocks else "f"
    name = form.slug if brand_id == 1 else f"{brand_id}.{form.slug}"
    return f"{world.public_url.rstrip('/')}/{door}/{name}"


def personal_url(world: World, brand_id: int, slug: str, profile_id: int) -> str:
    """Return the address under which a form knows a person: it asks for what is lacking only.

    Raises:
        NotFound: there is no such form in use.
    """
    opened = open_form(world, brand_id, slug)
    token = person_token(world, brand_id, profile_id)
    return f"{form_url(world, brand_id, opened.form)}?me={token}"


def count_visit(world: World, brand_id: int, opened: OpenForm, what: str) -> None:
    """Count that something happened to a form."""
    with world.store.transaction(brand_id) as tx:
        count_in(tx, world, brand_id, opened, what)


def count_in(tx: Tx, world: World, brand_id: int, opened: OpenForm, what: str) -> None:
    """Do the same inside a transaction."""
    now = world.clock.now()
    tx.forms.count(
        brand_id, opened.form.slug, opened.version, what, now // DAY, now // 1000 % _SLOTS
    )


def _view(tx: Tx, document: Document, since: int) -> FormView:
    """Return a form as it is listed."""
    form = parsed_form(document.source)
    n_seen = n_taken = 0
    for (_, what), n in tx.forms.counts(document.brand_id, form.slug, since).items():
        n_seen += n if what.startswith("view.") else 0
        n_taken += n if what == "taken" else 0
    return FormView(
        form.slug, form.name, form.use, document.version, n_seen, n_taken, bool(form.blocks)
    )
