"""A world whose accounts at WeChat and WeCom are at fakes, with its doors open for their pushes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.integration.asgi import AsgiClient
from tests.integration.people import BRAND, project_all
from tests.integration.providers.carrying import access

from huiliu.channels import PROVIDERS
from huiliu.channels.tokens import MINTERS, SharedTokens
from huiliu.channels.wechat_api import WechatApi
from huiliu.channels.wechat_ground import WechatGround
from huiliu.channels.wecom_api import WecomApi
from huiliu.channels.wecom_ground import WecomGround
from huiliu.fakes.providers import FakeCloud, Push
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.world import World
from huiliu.services.callbacks import callback_url
from huiliu.services.channel_accounts import add_account
from huiliu.services.find_profile import find_profile_by
from huiliu.settings import load
from huiliu.stores.clock import SimulatedClock
from huiliu.web.app import create_app

__all__ = ["Ground", "ground"]


@dataclasses.dataclass
class Ground:
    """A world, its door, and an account at a fake."""

    world: World
    http: AsgiClient
    account: ChannelAccount
    fake: FakeCloud

    def hand_over(self, push: Push, *, body: bytes = b"", query: str = "") -> tuple[int, bytes]:
        """Hand a push over at the door; return status and body."""
        parts = urlsplit(push.url)
        path = f"{parts.path}?{query or parts.query}"
        answer = self.http.post(path, content=body or push.body, headers=dict(push.headers))
        return answer.status_code, answer.content

    def told(self, push: Push) -> bytes:
        """Hand a push over, let its events be projected, and return what was answered."""
        status, body = self.hand_over(push)
        assert status == 200
        project_all(self.world)
        return body

    def who(self, kind: str, value: str) -> int:
        """Return the present profile of a name."""
        return find_profile_by(self.world, BRAND, f"{kind}={value}")

    def events(self) -> list[str]:
        """Return the names of all events of the log."""
        with self.world.store.system() as tx:
            return [one.name for one in tx.log.read(0, 0, 10_000)]


@contextmanager
def ground(
    world: World, clock: SimulatedClock, fake: FakeCloud, tmp_path: Path, channel: str
) -> Iterator[Ground]:
    """Wire the world to a fake that runs."""
    where = partial(callback_url, world.secrets, world.public_url)
    with access(clock) as plain:
        tokens = SharedTokens(world.store, plain.http, clock, MINTERS)
        doors = dataclasses.replace(plain, tokens=tokens, callbacks=where)
        opened = dataclasses.replace(
            world,
            providers={fake.name: PROVIDERS[fake.name](doors)},
            outbound=doors.http,
            official=WechatGround(WechatApi(doors)),
            wecom=WecomGround(WecomApi(doors)),
        )
        account = add_account(opened, BRAND, channel, "main", fake.config, fake.name)
        fake.callback_url = where(account)
        with AsgiClient(create_app(opened, load(tmp_path, {}))) as http:
            yield Ground(opened, http, account, fake)
