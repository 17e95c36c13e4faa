"""Providers that behave like the real ones, for tests, the demo and `huiliu fakes`."""

from huiliu.fakes.arrivals import Arrived
from huiliu.fakes.receiver import Received, Receiver, Reply
from huiliu.fakes.smpp import SmscSink
from huiliu.fakes.smtp import SmtpSink

__all__ = ["Arrived", "Received", "Receiver", "Reply", "SmscSink", "SmtpSink"]
