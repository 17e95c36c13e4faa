"""SMS providers that behave like the real ones; reached by the table in `running`."""

from huiliu.fakes.providers.cloud import FakeCloud, Push, Sent
from huiliu.fakes.providers.gateway import FakeGateway
from huiliu.fakes.providers.running import FAKE_CLOUDS, NAMES, Running

__all__ = ["FAKE_CLOUDS", "NAMES", "FakeCloud", "FakeGateway", "Push", "Running", "Sent"]
