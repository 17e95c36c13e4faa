"""Robots of work groups that tell notices: a kind a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.messages.robots.base import Fate, Post, Request, Robot
from huiliu.messages.robots.dingtalk import DingTalkRobot
from huiliu.messages.robots.feishu import FeishuRobot
from huiliu.messages.robots.wecom import WecomRobot

__all__ = ["ROBOTS", "Fate", "Post", "Request", "Robot"]

_KINDS: Final[tuple[Robot, ...]] = (WecomRobot(), DingTalkRobot(), FeishuRobot())

#: Word of the settings -> robot.
ROBOTS: Final[Mapping[str, Robot]] = MappingProxyType({one.name: one for one in _KINDS})
