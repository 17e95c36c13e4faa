"""Effects in virtual time: what a node causes is heard again; nothing leaves this world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.journeys.nodes import Call, Emit, Issue, Open, Queue, SetTraits
from huiliu.journeys.step import Caused
from huiliu.journeys.virtual.agenda import Agenda, Coming
from huiliu.journeys.virtual.outbox import Outbox
from huiliu.journeys.virtual.people import Run
from huiliu.journeys.virtual.setting import Setting
from huiliu.journeys.virtual.watcher import Watcher
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id

__all__ = ["Effects"]

_NOTHING: Final[Mapping[str, Value]] = {}


class Effects:
    """Lets the effects of steps take place."""

    def __init__(self, setting: Setting, agenda: Agenda, outbox: Outbox, watcher: Watcher) -> None:
        """Write into an agenda and an outbox."""
        self._setting = setting
        self._agenda = agenda
        self._outbox = outbox
        self._watcher = watcher

    def take(self, run: Run, caused: Caused, now: int) -> None:
        """Let an effect take place, or be heard."""
        effect = caused.effect
        self._watcher.caused(run, caused, now)
        if isinstance(effect, Queue):
            self._outbox.post(run, caused, effect, now)
        elif isinstance(effect, Emit):
            self._tell(run, now, effect.name, effect.properties)
        elif isinstance(effect, SetTraits):
            self._agenda.tell(now, Coming(run.person, "$identify", _NOTHING, effect.traits))
        elif isinstance(effect, Call):
            answer = self._setting.answers.called(run, caused)
            if answer is not None:
                after, told = answer
                self._tell(run, now + after, "Webhook Answered", {**_asked(run, caused), **told})
        elif isinstance(effect, Open):
            self._open(run, caused, effect, now)
        elif isinstance(effect, Issue):
            self._issue(run, caused, effect, now)

    def _open(self, run: Run, caused: Caused, task: Open, now: int) -> None:
        """Let a task be heard of, and what becomes of it."""
        asked = _asked(run, caused)
        place = (run.run_id, caused.node, caused.visit, *((task.nth,) if task.nth else ()))
        number = digest("task", self._setting.brand_id, *place)
        self._tell(run, now, "Task Opened", asked | {
            "task": show_id(number), "assignee": task.assignee,
        })  # fmt: skip
        done = self._setting.answers.opened(run, caused)
        if done is not None:
            after, outcome = done
            told = asked | {"task": show_id(number), "outcome": outcome}
            self._tell(run, now + after, "Task Done", told)

    def _issue(self, run: Run, caused: Caused, issue: Issue, now: int) -> None:
        """Let a coupon be issued: there are always enough, with codes that nobody could redeem."""
        place = (run.run_id, caused.node, caused.visit, *((issue.nth,) if issue.nth else ()))
        code = f"VIRTUAL-{show_id(digest('coupon', self._setting.brand_id, *place))[:8]}"
        told: dict[str, Value] = {"coupon": issue.coupon, "code": code}
        self._tell(run, now, "Coupon Issued", told)
        self._tell(run, now, "Coupon Answered", {**_asked(run, caused), "ok": True, **told})

    def _tell(self, run: Run, at: int, name: str, properties: Mapping[str, Value]) -> None:
        """Let an event about a run's person be heard."""
        self._agenda.tell(at, Coming(run.person, name, properties, _NOTHING))


def _asked(run: Run, caused: Caused) -> dict[str, Value]:
    """Return where a question was asked: answers come back to it by this."""
    return {"run": show_id(run.run_id), "node": caused.node, "visit": caused.visit}
