"""CMPP packets: what we write is what an independent implementation writes, byte by byte.

The packets are those that the Go library `bigwhite/gocmpp` is tested with.
"""

import dataclasses

import pytest

from huiliu.messages.cmpp import (
    Command,
    Connect,
    ConnectAnswer,
    Deliver,
    Malformed,
    Report,
    Splitter,
    Submit,
    authenticator,
    connect_answer,
    frame,
    gateway_authenticator,
    read_result,
    result,
)

CONNECT = "00000027000000010000001739303030303190d00c1d517abd0b4f65f6bcf8535d16213cdc73be"
CONNECTED = {
    0x21: "0000001e8000000100000017006c0b846e25bab6daa4ed1c466e0f4bd821",
    0x30: "000000218000000100000017000000007942977274098cf210ab0c16c367bc8d30",
}
SUBMIT = {
    0x20: "000000bd00000004000000170000000000000000010101017465737400000000000002313335303030303236"
    "3936000000000000000000000000083930303030313032313000000000313531313035313331353535313031"
    "2b00000000000000000000000000000000000039303030303100000000000000000000000000000001313335"
    "3030303032363936000000000000000000001e6d4b8bd50067006f0063006d00700070002000730075006200"
    "6d006900740000000000000000",
    0x30: "000000e100000004000000170000000000000000010101017465737400000000000002313335303030303236"
    "3936000000000000000000000000000000000000000000000000083930303030313032313000000000313531"
    "3130353133313535353130312b00000000000000000000000000000000000039303030303100000000000000"
    "0000000000000000013133353030303032363936000000000000000000000000000000000000000000001e6d"
    "4b8bd50067006f0063006d007000700020007300750062006d00690074000000000000000000000000000000"
    "0000000000",
}
SUBMITTED = {
    0x20: "000000158000000400000017b2b9da800001000000",
    0x30: "000000188000000400000017b2b9da800001000000000000",
}
DELIVER = {
    0x20: "000000670000000500000005b525628000010000393030303031000000000000000000000000000000000000"
    "0000000000000000000031333431323334303030300000000000000000000000125468697320697320612074"
    "657374204d4f2e0000000000000000",
    0x30: "0000007f0000000500000001b4c5530000010000393030303031000000000000000000000000000000000000"
    "0000000000000000000031333431323334303030300000000000000000000000000000000000000000000000"
    "125468697320697320612074657374204d4f2e0000000000000000000000000000000000000000",
}
REPORT = (
    "b4c553000001000044454c49565244313531313132303935353135313131323039353731333431323334303030300000"
    "000000000000000012345678"
)


def _only(written: str) -> bytes:
    """Return the body of the one packet that a row of hexadecimal digits is."""
    (found,) = Splitter().feed(bytes.fromhex(written))
    return found.body


def test_a_connect_is_written_as_others_write_it() -> None:
    """The proof is MD5 over name, nine zeros, secret and time; the packet is 39 octets."""
    proof = authenticator("900001", "888888", 1021080510)
    ours = Connect("900001", proof, 0x21, 1021080510)
    assert frame(Command.CONNECT, 0x17, ours.body()).hex() == CONNECT
    assert Connect.read(_only(CONNECT)) == ours


@pytest.mark.parametrize("version", [0x21, 0x30])
def test_a_gateway_that_knows_the_secret_proves_it(version: int) -> None:
    """Both layouts of the answer are read by their length, and their proof is what it must be."""
    proof = authenticator("900001", "888888", 1021080510)
    written = CONNECTED[version]
    answer = ConnectAnswer.read(_only(written))
    assert answer.status == 0
    assert answer.proof == gateway_authenticator(answer.raw_status, proof, "888888")
    body = connect_answer(0, proof, "888888", version)
    assert frame(Command.CONNECT, 0x17, body, is_answer=True).hex() == written


@pytest.mark.parametrize("version", [0x20, 0x30])
def test_a_submit_is_written_as_others_write_it(version: int) -> None:
    """Every field stands where the protocol of this version has it."""
    ours = Submit(
        to="13500002696", content="测试gocmpp submit".encode("utf-16-be"), coding=8,
        source="900001", source_number="900001", service="test", fee_type="02", fee_code="10",
        fee_number="13500002696", level=1, valid_until="151105131555101+",
    )  # fmt: skip
    assert frame(Command.SUBMIT, 0x17, ours.body(version)).hex() == SUBMIT[version]
    assert Submit.read(_only(SUBMIT[version]), version) == ours


@pytest.mark.parametrize("version", [0x20, 0x30])
def test_an_answer_to_a_submit_says_id_and_status(version: int) -> None:
    """The status is one octet in 2.0 and four in 3.0."""
    body = _only(SUBMITTED[version])
    assert read_result(body) == (12878564852733378560, 0)
    assert result(12878564852733378560, 0, version) == body
    assert read_result(result(7, 8, version)) == (7, 8)


@pytest.mark.parametrize("version", [0x20, 0x30])
def test_a_phone_s_message_is_read_as_others_write_it(version: int) -> None:
    """Sender, receiver and text come out of the packet, and the packet out of them."""
    found = Deliver.read(_only(DELIVER[version]), version)
    assert (found.sender, found.to, found.content) == (
        "13412340000",
        "900001",
        b"This is a test MO.",
    )
    assert not found.is_report
    assert found.body(version) == _only(DELIVER[version])


def test_a_report_is_read_as_others_write_it() -> None:
    """The old width of the number is known by the content's length."""
    found = Report.read(bytes.fromhex(REPORT))
    assert found == Report(13025908756704198656, "DELIVRD", "1511120955", "1511120957",
                           "13412340000")  # fmt: skip
    whole = dataclasses.replace(found, sequence=0x12345678)
    assert whole.content(0x20).hex() == REPORT
    assert Report.read(whole.content(0x30)).to == "13412340000"


def test_packets_are_whole_however_the_bytes_arrive() -> None:
    """A stream that comes byte by byte gives the same packets as one that comes at once."""
    stream = bytes.fromhex(CONNECT + SUBMITTED[0x30] + DELIVER[0x30])
    at_once = list(Splitter().feed(stream))
    slow = Splitter()
    by_bytes = [one for byte in stream for one in slow.feed(bytes((byte,)))]
    assert by_bytes == at_once
    assert [one.command for one in at_once] == [Command.CONNECT, Command.SUBMIT, Command.DELIVER]
    assert [one.is_answer for one in at_once] == [False, True, False]


@pytest.mark.parametrize("length", [0, 11, 70_000, 0xFFFF_FFFF])
def test_a_length_that_cannot_be_ends_the_reading(length: int) -> None:
    """What is no packet is told, never waited for."""
    with pytest.raises(Malformed):
        list(Splitter().feed(length.to_bytes(4, "big") + bytes(8)))


@pytest.mark.parametrize("version", [0x20, 0x30])
def test_a_body_that_ends_too_soon_is_told(version: int) -> None:
    """Every packet, cut anywhere, raises Malformed and nothing else."""
    for whole, read in ((SUBMIT, Submit.read), (DELIVER, Deliver.read)):
        body = _only(whole[version])
        shortest = len(body) - (20 if version == 0x30 else 8)
        for n in range(shortest):
            with pytest.raises(Malformed):
                read(body[:n], version)
