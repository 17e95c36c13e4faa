"""Letters meet Postfix's smtp-sink: taken by the hundred, refused, put off, cut, kept waiting."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from tests.integration.people import BRAND, NOW
from tests.integration.postfix.conftest import SMTP_SINK
from tests.unit.messages.test_dkim import SIGNERS

from huiliu.channels import make_providers
from huiliu.ports.channel import AnswerState, ChannelAccount, Letterhead, OutboundMessage
from huiliu.stores.clock import SimulatedClock


@contextlib.contextmanager
def sink(*options: str) -> Iterator[tuple[int, Path]]:
    """Run smtp-sink on a free port; yield it and the folder that it keeps letters in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        # It refuses to serve as root.
        user = ("-u", "nobody") if os.geteuid() == 0 else ()
        keep = ("-d", str(folder / "%M."))
        command = [str(SMTP_SINK), *user, *keep, *options, f"127.0.0.1:{port}", "64"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
            try:
                _await(port)
                yield port, folder
            finally:
                running.kill()


def _await(port: int) -> None:
    """Return when something listens."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return


def outcomes(port: int, n: int, **changed: str) -> Counter[AnswerState]:
    """Send letters, signed, and count the answers."""
    config = {
        "host": "127.0.0.1", "port": str(port), "tls": "none", "timeout": "60",
        "from": "hi@brand.example", **changed,
    }  # fmt: skip
    account = ChannelAccount(
        BRAND, "email", "main", config, provider="smtp",
        letterhead=Letterhead(tuple(one.key for one in SIGNERS), b"k" * 32),
    )  # fmt: skip
    parts = {"subject": "您好", "text": ".\n您好  x \n", "html": "<p>您好</p>"}
    letters = [
        OutboundMessage(number.to_bytes(16, "big"), f"li{number}@shop.example", parts,
                        "marketing", NOW, "https://brand.example/u/x")
        for number in range(n)
    ]  # fmt: skip
    provider = make_providers(SimulatedClock(NOW), "127.0.0.1")["smtp"]
    try:
        return Counter(answer.state for answer in provider.send(account, letters))
    finally:
        provider.close()


def test_hundreds_are_taken_and_every_signature_is_good():
    """What Postfix wrote down, dkimpy verifies."""
    with sink() as (port, folder):
        assert outcomes(port, 300) == {AnswerState.ACCEPTED: 300}
        kept = [path.read_bytes() for path in sorted(folder.iterdir())]

    assert len(kept) == 300
    records = {f"{one.key.record_name}.".encode(): one.record.encode() for one in SIGNERS}
    for raw in kept[::50]:
        # Its own lines stand before the letter.
        letter = (
            raw[raw.index(b"DKIM-Signature:") :].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        )
        good = [dkim.DKIM(letter).verify(idx=n, dnsfunc=lambda name, timeout=5: records[name])
                for n in range(2)]  # fmt: skip
        assert good == [True, True]


@pytest.mark.parametrize(
    ("options", "state"),
    [
        (("-f", "rcpt"), AnswerState.REJECTED),
        (("-r", "rcpt"), AnswerState.RETRY),
        (("-r", "."), AnswerState.RETRY),
        (("-f", "."), AnswerState.REJECTED),
        (("-r", "mail"), AnswerState.THROTTLED),
        (("-f", "mail"), AnswerState.PAUSE),
        (("-r", "connect"), AnswerState.THROTTLED),
        (("-q", "rcpt"), AnswerState.RETRY),
        (("-q", "."), AnswerState.UNKNOWN),
        (("-q", "connect"), AnswerState.THROTTLED),
    ],
)
def test_what_the_sink_refuses_or_cuts_has_its_meaning(
    options: tuple[str, ...], state: AnswerState
):
    """Soft and hard, at each command, and a connection that just ends."""
    with sink(*options) as (port, _):
        assert outcomes(port, 3, connections="1") == {state: 3}


@pytest.mark.parametrize(
    ("waits", "state"), [("data", AnswerState.RETRY), (".", AnswerState.UNKNOWN)]
)
def test_a_server_that_hangs_leaves_unknown_only_what_it_may_have_taken(
    waits: str, state: AnswerState
):
    """Before the last dot nothing was handed over; after it nobody can say."""
    with sink("-W", f"{waits}:9") as (port, _):
        assert outcomes(port, 1, connections="1", timeout="3") == {state: 1}
