"""Accounts at ad platforms as operators keep them: checked, sealed, tried, paused, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.advertising.platforms import PLATFORMS, AdField, Platform
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.ads import AccountRow
from huiliu.ports.console import Action
from huiliu.ports.log import PROJECTOR
from huiliu.ports.world import World
from huiliu.services.ad_talk import Told, carry, platform_of

__all__ = [
    "BY_HAND",
    "ENDPOINT",
    "FOLLOWER",
    "AdAccountView",
    "ad_account",
    "ad_accounts",
    "fields_of",
    "pause_ad_account",
    "platform_named",
    "remove_ad_account",
    "resume_ad_account",
    "save_ad_account",
    "try_ad_account",
]

#: The consumer of the log that watches for what concerns ads.
FOLLOWER: Final = "ads"
#: Why an account is paused that its operator stopped.
BY_HAND: Final = "paused by hand"
#: Another host than the platform's own: a proxy, or a fake.
ENDPOINT: Final = AdField("endpoint", default="")
#: Send what orders say to the platform as conversions.
_CONVERSIONS: Final = AdField("conversions", "choice", "off", ("off", "on"))
_LONGEST: Final = 4_000
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class AdAccountView:
    """An account as people see it: no secrets."""

    row: AccountRow
    platform: Platform
    #: Name -> value; a secret is a mark that it is there.
    shown: Mapping[str, str]
    audiences: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Return its name."""
        return self.row.name


def platform_named(name: str) -> Platform:
    """Return a platform; raise BadInput that names those there are."""
    if name not in PLATFORMS:
        said = text("ads.unknown_platform", name=name, names=", ".join(PLATFORMS))
        raise BadInput((Problem("platform", said),))
    return PLATFORMS[name]


def fields_of(platform: Platform) -> tuple[AdField, ...]:
    """Return all fields of an account at a platform."""
    return (*platform.fields, _CONVERSIONS, ENDPOINT)


def save_ad_account(
    world: World,
    brand_id: int,
    name: str,
    platform: str,
    given: Mapping[str, str],
    user_id: int = 0,
) -> AdAccountView:
    """Store or replace an account; a secret that is left out stays as it was.

    Raises:
        BadInput: with everything that is wrong.
    """
    kind = platform_named(platform)
    now = world.clock.now()
    with world.store.system() as tx:
        rows = tx.ads.accounts(brand_id)
        before = next((one for one in rows if one.name == name), None)
        usual = {one.name: one.default for one in fields_of(kind) if one.default}
        said = {key: one for key, one in given.items() if one}
        config = usual | _kept(kind, before, given) | said
        problems = _problems(world, kind, name, config)
        if before is not None and before.platform != platform:
            problems.append(Problem("platform", text("ads.other_platform", found=before.platform)))
        if problems:
            raise BadInput(tuple(problems))
        if not tx.ads.brands():
            # Nobody watched the log for ads so far; there is nothing to be made up for.
            tx.log.move_cursor(FOLLOWER, tx.log.peek_cursor(PROJECTOR))
        row = AccountRow(brand_id, name, platform, config, "", now, now)
        tx.ads.put_account(row)
        tx.console.record_action(Action(brand_id, now, user_id, "ad_account_saved", name))
    return ad_account(world, brand_id, name)


def ad_accounts(world: World, brand_id: int) -> list[AdAccountView]:
    """Return every account of a brand, by name."""
    with world.store.transaction(brand_id) as tx:
        rows, audiences = tx.ads.accounts(brand_id), tx.ads.audiences(brand_id)
    return [_view(row, [one.slug for one in audiences if one.account == row.name]) for row in rows]


def ad_account(world: World, brand_id: int, name: str) -> AdAccountView:
    """Return one account; raise NotFound."""
    for one in ad_accounts(world, brand_id):
        if one.name == name:
            return one
    raise NotFound("ad account", name)


def pause_ad_account(world: World, brand_id: int, name: str, user_id: int = 0) -> None:
    """Share nothing more through an account; what is to be taken back still is."""
    _set_pause(world, brand_id, name, BY_HAND, user_id, "ad_account_paused")


def resume_ad_account(world: World, brand_id: int, name: str, user_id: int = 0) -> None:
    """End an account's pause; raise NotFound."""
    _set_pause(world, brand_id, name, "", user_id, "ad_account_resumed")


def remove_ad_account(world: World, brand_id: int, name: str, user_id: int = 0) -> None:
    """Forget an account.

    Raises:
        NotFound: there is none.
        Conflict: audiences stand on it, and somebody has to be taken out of them first.
    """
    with world.store.system() as tx:
        tx.ads.account(brand_id, name)
        used = [one.slug for one in tx.ads.audiences(brand_id) if one.account == name]
        if used:
            raise Conflict(f"ad account {name}", "no audience", ", ".join(used))
        tx.ads.remove_account(brand_id, name)
        at = world.clock.now()
        tx.console.record_action(Action(brand_id, at, user_id, "ad_account_removed", name))


def try_ad_account(world: World, brand_id: int, name: str) -> Told[str]:
    """Ask the platform for the account's own name; nothing is changed there."""
    with world.store.transaction(brand_id) as tx:
        row = tx.ads.account(brand_id, name)
    return carry(world, row, platform_of(row).probe(row.config))


def _set_pause(
    world: World, brand_id: int, name: str, reason: str, user_id: int, what: str
) -> None:
    """Pause an account or end its pause, and write down who did."""
    with world.store.system() as tx:
        tx.ads.pause_account(brand_id, name, reason)
        at = world.clock.now()
        tx.console.record_action(Action(brand_id, at, user_id, what, name))


def _view(row: AccountRow, audiences: Sequence[str]) -> AdAccountView:
    """Return an account without its secrets."""
    platform = platform_of(row)
    secret = {one.name for one in fields_of(platform) if one.kind == "secret"}
    shown = {
        key: "…" if key in secret else value for key, value in sorted(row.config.items()) if value
    }
    return AdAccountView(row, platform, shown, tuple(audiences))


def _kept(kind: Platform, before: AccountRow | None, given: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that stay: whoever moves an account to another host says them again."""
    if before is None or before.platform != kind.name:
        return {}
    if given.get("endpoint", "") != before.config.get("endpoint", ""):
        return {}
    secret = {one.name for one in kind.fields if one.kind == "secret"}
    return {key: value for key, value in before.config.items() if key in secret}


def _problems(world: World, kind: Platform, name: str, config: Mapping[str, str]) -> list[Problem]:
    """Return everything that is wrong with an account."""
    fields = {one.name: one for one in fields_of(kind)}
    problems: list[Problem] = []
    if not name.strip() or len(name) > _LONGEST_NAME or "/" in name:
        problems.append(Problem("name", text("channels.name")))
    known = ", ".join(fields)
    for key, value in config.items():
        field = fields.get(key)
        if field is None:
            problems.append(Problem(key, text("ads.unknown_field", name=key, known=known)))
        elif field.choices and value not in field.choices:
            said = text("ads.want_choice", known=", ".join(field.choices))
            problems.append(Problem(key, said))
        elif len(value) > _LONGEST:
            problems.append(Problem(key, text("ads.want_word", name=key, most=_LONGEST)))
    problems += [
        Problem(key, text("ads.want_field", name=key))
        for key, field in fields.items()
        if field.default is None and not config.get(key)
    ]
    endpoint = config.get("endpoint", "")
    if endpoint and (fault := world.outbound.problem(endpoint)):
        problems.append(Problem("endpoint", text("ads.bad_endpoint", details=fault)))
    return problems
