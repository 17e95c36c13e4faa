"""Tests in documents: what they say when all is well, and what they say when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiliu.conditions import Surroundings
from huiliu.journeys import Face
from huiliu.journeys.cases import Beside, Suite, parse_suite, run, run_suites
from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput
from huiliu.services.test_journey import read_folder, try_folder

EXAMPLES = Path(__file__).parents[4] / "examples"
HEAD = "huiliu: 1\nkind: test\nslug: s\nname: {en: S}\njourney: j\n"
JOURNEY = """huiliu: 1
kind: journey
slug: j
name: {en: J}
entry: {event: A, key: k}
goal: {event: B}
nodes:
  ask:
    type: branch
    ways: [{when: {in_segment: vip}, next: gold}]
    else: plain
  gold: {type: send, template: t, next: hook}
  plain: {type: send, template: s, next: hook}
  hook: {type: webhook, url: "https://api.example.com/x", as: stock, next: call, failed: done}
  call:
    type: task
    title: Call
    outcomes: [{outcome: yes, next: tell}]
    timeout: 2d
    else: done
  tell: {type: emit, event: Told, properties: {left: {carried: stock.body.left}}, next: done}
  done: {type: exit}
"""
FACES = {"t": Face("sms", "marketing"), "s": Face("email", "service")}
VIP = "huiliu: 1\nkind: segment\nslug: vip\nname: {en: V}\nwhere: {trait: tier, is: gold}\n"
GIVEN = "given: {at: 2026-11-02T10:00}\n"
A = "{event: A, properties: {k: x}}"


def suite(cases: str) -> Suite:
    """Return the cases of a document that has no faults."""
    found = parse_suite(HEAD + GIVEN + "cases:\n" + cases)
    assert not isinstance(found, tuple), [(each.path, str(each.text)) for each in found]
    return found


def tried(cases: str) -> run.Tested:
    """Return what becomes of cases."""
    beside = Beside(Surroundings(zone="Asia/Shanghai"), {}, {"vip": VIP}, FACES)
    return run_suites(JOURNEY, [suite(cases)], beside)


def failures(cases: str) -> list[str]:
    """Return what is not as expected, by path and key."""
    return [
        f"{failure.path.rpartition('then.')[2] or failure.path} {failure.text.key}"
        for result in tried(cases).results
        for failure in result.failures
    ]


def test_a_case_that_says_what_is_true_holds() -> None:
    """Every kind of expectation is met by what happens."""
    cases = f"""
  - name: Gold
    given: {{traits: {{tier: gold}}}}
    when:
      - {A}
      - {{answer: hook, body: {{left: 3}}}}
      - {{after: 1h, task: call, outcome: yes}}
    then:
      messages: [{{template: t, channel: sms, node: gold, at: 0s}}]
      sent: {{template: t}}
      not_sent: {{template: s}}
      emitted: {{event: Told, properties: {{left: 3}}}}
      runs: 1
      ended: {{reason: completed, at: 1h}}
      visited: [ask, gold, tell]
      not_visited: plain
      called: hook
      tasks: call
      traits: {{tier: gold}}
  - name: Plain
    when: [{A}, {{after: 1m}}]
    then: {{stands: call, messages: [{{template: s}}], carried: {{}}}}
"""

    done = tried(cases)

    assert [result.failures for result in done.results] == [[], []]
    assert done.ok
    assert done.missing_nodes == []
    assert [(node, way.field) for node, way in done.missing_ways] == [
        ("hook", "failed"), ("call", "else"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("then", "failed"),
    [
        ("{messages: []}", "messages cases.failed.messages"),
        ("{sent: {template: t}}", "sent cases.failed.sent"),
        ("{not_sent: {template: s}}", "not_sent cases.failed.was_sent"),
        ("{not_sent: {template: s, reason: cancelled}}", "not_sent cases.failed.not_sent"),
        ("{shifted: {reason: quiet_hours}}", "shifted cases.failed.shifted"),
        ("{emitted: {event: Told}}", "emitted cases.failed.emitted"),
        ("{runs: 2}", "runs cases.failed.runs"),
        ("{stands: ask}", "stands cases.failed.stands"),
        ("{ended: goal}", "ended cases.failed.ended"),
        ("{visited: gold}", "visited cases.failed.visited"),
        ("{not_visited: plain}", "not_visited cases.failed.not_visited"),
        ("{called: call}", "called cases.failed.called"),
        ("{tasks: hook}", "tasks cases.failed.tasks"),
        ("{traits: {tier: gold}}", "traits cases.failed.traits"),
        ("{carried: {x: 1}}", "carried cases.failed.carried"),
    ],
)
def test_a_case_that_says_what_is_not_true_fails_at_its_line(then: str, failed: str) -> None:
    """Each expectation is able to fail, and names itself."""
    found = failures(f"  - name: Wrong\n    when: [{A}, {{after: 1m}}]\n    then: {then}\n")

    assert [one.split("[")[0].split(" ")[0] + " " + one.split(" ")[-1] for one in found] == [failed]


def test_a_failing_case_tells_what_happened_in_words() -> None:
    """The reader sees the run, its messages and their reasons, in local time."""
    done = tried(
        "  - name: Wrong\n    given: {reach: []}\n"
        f"    when: [{A}, {{after: 1m}}]\n    then: {{runs: 2}}\n"
    )

    [result] = done.results
    told = [(each.at, each.node, each.text.key) for each in result.told]
    assert ("2026-11-02T10:00", "ask", "journeys.did.entered_key") in told
    assert ("2026-11-02T10:00", "plain", "cases.told.not_sent") in told
    assert [problem.path for problem in done.problems()] == ["s: cases[0].then.runs"]


def test_a_pinned_segment_is_what_the_case_says() -> None:
    """A case need not bring about by events what another document decides."""
    assert (
        failures(
            f"  - name: In\n    given: {{segments: [vip]}}\n    when: [{A}, {{after: 1m}}]\n"
            "    then: {visited: gold}\n"
            f"  - name: Enters\n    when: [{{segment: vip, is: entered}}, {A}, {{after: 1m}}]\n"
            "    then: {visited: gold}\n"
            f"  - name: Own condition\n    given: {{traits: {{tier: gold}}}}\n"
            f"    when: [{A}, {{after: 1m}}]\n    then: {{visited: gold}}\n"
        )
        == []
    )


def test_a_way_can_be_chosen() -> None:
    """A split or experiment need not be met by trying people until one falls right."""
    assert (
        failures(
            "  - name: Chosen\n    given: {choose: {ask: gold}}\n"
            f"    when: [{A}, {{after: 1m}}]\n    then: {{visited: gold}}\n"
        )
        == []
    )


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("when: []", "cases.expects_nothing"),
        ("when: [{at: 2026-11-01T10:00}]\n    then: {}", "cases.goes_back"),
        ("when: [{event: A, list: b}]\n    then: {}", "cases.two_deeds"),
        ("given: {at: soon}\n    then: {}", "cases.want_time"),
        ("given: {traits: 3}\n    then: {}", "cases.want_map"),
        ("given: {rules: {quiet: [9]}}\n    then: {}", "journeys.want_words"),
        ("given: {colour: red}\n    then: {}", "journeys.unknown_field"),
        ("given: {events: [{event: A, at: 2027-01-01}]}\n    then: {}", "cases.after_given"),
        ("then: {ended: 3}", "journeys.want_word"),
        ("then: {sent: [{template: t, at: soon}]}", "cases.want_time"),
    ],
)
def test_a_document_with_faults_is_told_all_of_them_with_lines(case: str, key: str) -> None:
    """A test that cannot be read proves nothing, so it is refused."""
    found = parse_suite(f"{HEAD}{GIVEN}cases:\n  - name: C\n    {case}\n")

    assert isinstance(found, tuple)
    assert key in {problem.text.key for problem in found}
    assert all(problem.line for problem in found)


def test_a_case_about_a_node_that_is_not_there_is_refused() -> None:
    """A misspelt name would hold for ever."""
    with pytest.raises(BadInput, match="no node goold"):
        tried(f"  - name: C\n    when: [{A}]\n    then: {{not_visited: goold}}\n")


def test_a_document_is_printed_as_it_was_read() -> None:
    """What is stored parses to the same cases."""
    source = (EXAMPLES / "test-month-end-points.yaml").read_text("utf-8")
    found = parse_suite(source)

    assert isinstance(found, Suite)
    assert found.source() == source
    assert parse_suite(found.source()) == found


@pytest.mark.parametrize("slug", ["month-end-points", "unpaid-reminder"])
def test_the_shipped_examples_hold_and_pass_every_way(slug: str) -> None:
    """Clock changes, leap day, month end and midnight: every node and way is passed."""
    files = [(str(path), path.read_bytes()) for path in sorted(EXAMPLES.glob("*.yaml"))]

    [done] = try_folder(read_folder(files), Surroundings(zone="Asia/Shanghai"), only=slug)

    assert [problem.text for problem in done.problems()] == []
    assert done.coverage == 100.0


def test_a_year_of_virtual_time_meets_every_festival() -> None:
    """Every lunar festival comes once on its day, and nobody is greeted twice."""
    names = ("spring_festival", "lantern", "dragon_boat", "qixi", "mid_autumn", "double_ninth")
    days = {
        "spring_festival": "2026-02-17", "lantern": "2026-03-03", "dragon_boat": "2026-06-19",
        "qixi": "2026-08-19", "mid_autumn": "2026-09-25", "double_ninth": "2026-10-18",
    }  # fmt: skip
    for name in names:
        journey = JOURNEY[: JOURNEY.index("entry:")] + (
            f"entry: {{festival: {{name: {name}, at: 10:00}}, among: everyone}}\n"
            "nodes:\n  say: {type: send, template: s, next: done}\n  done: {type: exit}\n"
        )
        cases = suite(
            "  - name: A year\n    given: {at: 2026-01-01T00:00}\n    when: [{after: 364d}]\n"
            f"    then: {{runs: 1, messages: [{{template: s, at: {days[name]}T10:00}}]}}\n"
        )

        done = run_suites(journey, [cases], Beside(Surroundings(zone="Asia/Shanghai"), faces=FACES))

        assert [str(problem.text) for problem in done.problems()] == [], name


def test_ninety_days_of_two_hundred_nodes_are_played_whole() -> None:
    """A long case walks every node of a long journey."""
    nodes: dict[str, object] = {}
    for nth in range(200):
        to = f"n{nth + 1}" if nth < 199 else "done"
        kind = nth % 3
        nodes[f"n{nth}"] = (
            {"type": "wait", "for": "1d", "next": to},
            {"type": "send", "template": "s", "next": to},
            {"type": "branch", "ways": [{"when": {"did": "B"}, "next": "done"}], "else": to},
        )[kind]
    tree = {
        "huiliu": 1, "kind": "journey", "slug": "j", "name": {"en": "J"},
        "entry": {"event": "A", "key": "k"}, "nodes": nodes | {"done": {"type": "exit"}},
    }  # fmt: skip
    cases = suite(
        f"  - name: Long\n    when: [{A}, {{after: 90d}}]\n    then: {{ended: completed}}\n"
    )

    done = run_suites(dump(tree), [cases], Beside(Surroundings(zone="UTC"), faces=FACES))

    assert done.ok
    assert done.missing_nodes == []
