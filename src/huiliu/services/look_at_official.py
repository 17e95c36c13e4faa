"""What there is to say about the brand's accounts at WeChat: whom they reach, what they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from huiliu.ports.channel import ChannelAccount
from huiliu.ports.world import World
from huiliu.services.callbacks import pushed_to
from huiliu.services.menus import list_menus
from huiliu.services.mini_links import list_links, used_today
from huiliu.services.scan_codes import is_over, list_codes

__all__ = ["OfficialAccount", "accounts_of", "look_at_official"]


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """One account, and how its ground stands."""

    account: ChannelAccount
    #: Where the platform pushes to.
    callback: str
    #: What is missing before pushes can be opened: field names.
    lacks: tuple[str, ...]
    #: Takes what comes without encryption.
    is_open: bool
    n_codes: int
    n_permanent: int
    #: Menu -> whether it is shown.
    menus: Mapping[str, bool]
    n_links: int
    #: (made today, may be made); None = none was made today.
    links_today: tuple[int, int] | None


def accounts_of(world: World, brand_id: int, channel: str) -> list[str]:
    """Return the names of a channel's accounts."""
    with world.store.transaction(brand_id) as tx:
        return [one.name for one in tx.channels.accounts(brand_id) if one.channel == channel]


def look_at_official(world: World, brand_id: int) -> list[OfficialAccount]:
    """Return official accounts and mini-programs."""
    with world.store.transaction(brand_id) as tx:
        accounts = [
            one
            for one in tx.channels.accounts(brand_id)
            if one.channel in {"wechat", "mini_program"}
        ]
    now = world.clock.now()
    codes = [one for one in list_codes(world, brand_id, "wechat") if not is_over(one, now)]
    all_codes = Counter(one.account for one in codes)
    permanent = Counter(one.account for one in codes if not one.lives_s)
    menus = list_menus(world, brand_id)
    links = Counter(one.account for one in list_links(world, brand_id))
    today = used_today(world, brand_id)
    return [
        OfficialAccount(
            one, pushed_to(world, one),
            tuple(name for name in ("token", "aes_key") if not one.config.get(name)),
            one.config.get("plain_callbacks") == "yes", all_codes[one.name], permanent[one.name],
            {
                row.menu.slug: row.is_shown
                for row in menus
                if one.channel == "wechat" and row.menu.account == one.name
            },
            links[one.name] if one.channel == "mini_program" else 0,
            today.get(one.name) if one.channel == "mini_program" else None,
        )
        for one in accounts
    ]  # fmt: skip
