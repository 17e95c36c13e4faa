"""SMS providers that behave like the real ones; reached by this table."""

from collections.abc import Mapping
from typing import Final

from huiliu.fakes.providers.aliyun import FakeAliyun
from huiliu.fakes.providers.cloud import FakeCloud, Push, Sent
from huiliu.fakes.providers.endpoint import FakeEndpoint
from huiliu.fakes.providers.gateway import FakeGateway
from huiliu.fakes.providers.huawei import FakeHuawei
from huiliu.fakes.providers.tencent import FakeTencent
from huiliu.fakes.providers.twilio import FakeTwilio

__all__ = ["FAKE_CLOUDS", "FakeCloud", "FakeGateway", "Push", "Sent"]

#: Provider's name -> its fake.
FAKE_CLOUDS: Final[Mapping[str, type[FakeCloud]]] = {
    one.name: one for one in (FakeAliyun, FakeTencent, FakeHuawei, FakeTwilio, FakeEndpoint)
}
