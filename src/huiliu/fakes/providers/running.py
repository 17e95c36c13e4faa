"""Fake providers side by side, for `huiliu fakes`: their ports open, their pushes on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

from huiliu.fakes.providers.alipay import FakeAlipay
from huiliu.fakes.providers.aliyun import FakeAliyun
from huiliu.fakes.providers.apns import FakeApns
from huiliu.fakes.providers.cloud import FakeCloud
from huiliu.fakes.providers.douyin import FakeDouyin
from huiliu.fakes.providers.endpoint import FakeEndpoint
from huiliu.fakes.providers.fcm import FakeFcm
from huiliu.fakes.providers.gateway import FakeGateway
from huiliu.fakes.providers.getui import FakeGetui
from huiliu.fakes.providers.google_ads import FakeGoogleAds
from huiliu.fakes.providers.huawei import FakeHuawei
from huiliu.fakes.providers.jpush import FakeJpush
from huiliu.fakes.providers.kuaishou import FakeKuaishou
from huiliu.fakes.providers.meta_ads import FakeMeta
from huiliu.fakes.providers.ocean_engine import FakeOceanEngine
from huiliu.fakes.providers.robots import FakeRobots
from huiliu.fakes.providers.tencent import FakeTencent
from huiliu.fakes.providers.tencent_ads import FakeTencentAds
from huiliu.fakes.providers.tiktok import FakeTikTok
from huiliu.fakes.providers.twilio import FakeTwilio
from huiliu.fakes.providers.webpush import FakeWebPush
from huiliu.fakes.providers.wechat import FakeWechat, FakeWechatMini
from huiliu.fakes.providers.wechat_pay import FakeWechatPay
from huiliu.fakes.providers.wecom import FakeWecom

__all__ = ["FAKE_CLOUDS", "NAMES", "Running"]

#: Provider's name -> its fake.
FAKE_CLOUDS: Final[Mapping[str, type[FakeCloud]]] = {
    one.name: one
    for one in (
        FakeAliyun,
        FakeTencent,
        FakeHuawei,
        FakeTwilio,
        FakeEndpoint,
        FakeWecom,
        FakeWechat,
        FakeWechatMini,
        FakeDouyin,
        FakeApns,
        FakeFcm,
        FakeJpush,
        FakeGetui,
        FakeWebPush,
        FakeOceanEngine,
        FakeKuaishou,
        FakeTencentAds,
        FakeMeta,
        FakeGoogleAds,
        FakeTikTok,
        FakeWechatPay,
        FakeAlipay,
    )
}
#: All that can be run.
NAMES: Final = (*FAKE_CLOUDS, FakeGateway.name, FakeRobots.name)


class Running:
    """Fakes that were asked for by name."""

    def __init__(
        self, ports: Mapping[str, int], pushes: Mapping[str, str], host: str, now: Callable[[], int]
    ) -> None:
        """Prepare.

        Args:
            ports: name -> where it listens, 0 = any free port.
            pushes: name -> where its receipts and replies go; a call may name an address itself.
            host: the address to listen on.
            now: what time it is.
        """
        self._fakes: dict[str, FakeCloud | FakeGateway | FakeRobots] = {}
        for name, port in ports.items():
            if name == FakeGateway.name:
                self._fakes[name] = FakeGateway(port, host=host)
                continue
            if name == FakeRobots.name:
                self._fakes[name] = FakeRobots(port, host=host, now=now)
                continue
            cloud = FAKE_CLOUDS[name](port, host=host, now=now)
            cloud.callback_url = pushes.get(name, "")
            self._fakes[name] = cloud

    @property
    def fields(self) -> dict[str, dict[str, str]]:
        """Return the fields of an account at each; once they listen."""
        return {name: one.config for name, one in self._fakes.items()}

    def report(self) -> dict[str, object]:
        """Return each one's counts."""
        return {
            name: one.counts() if isinstance(one, FakeCloud) else one.report()
            for name, one in self._fakes.items()
        }

    def __enter__(self) -> Self:
        """Open the ports and let pushes go."""
        for one in self._fakes.values():
            one.start()
            if isinstance(one, FakeCloud):
                one.push_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End."""
        for one in self._fakes.values():
            one.stop()
