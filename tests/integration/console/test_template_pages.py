"""Templates and briefs in the console and for servers: written, looked at, held together."""

from __future__ import annotations

from pathlib import Path

from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.outbox import someone

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.publish import publish

BRIEF = """\
huiliu: 1
kind: brief
slug: spring
name: {en: Spring sale, zh-CN: 春季特卖}
channels: [email, sms]
locales: [zh-CN, en]
facts:
  price: {price: 99, currency: CNY}
  ends: {date: 2026-03-08}
  code: {code: SPRING26}
"""
LETTER = """\
huiliu: 1
kind: template
slug: spring-mail
name: {en: Spring letter}
channel: email
class: marketing
brief: spring
locales:
  en:
    subject: Now {{ brief.price }}
    mjml: |
      <mjml><mj-body background-color="#ffffff"><mj-section><mj-column>
      <mj-text color="#333333">Only {{ brief.price }} until {{ brief.ends }}, code {{ brief.code }}.
      A longer line, so that there are words enough for everybody to read.</mj-text>
      <mj-text><a href="{{ unsubscribe_url }}">Leave</a></mj-text>
      </mj-column></mj-section></mj-body></mjml>
"""
FORM = {
    "base": "", "mode": "form", "was": "", "version": "0", "slug": "spring-sms",
    "name-en": "Spring SMS", "channel": "sms", "class": "marketing", "brief": "spring",
    "locale.0": "zh-CN", "variant.0": "", "default": "zh-CN",
}  # fmt: skip
GOOD = "【汇流】春季特卖{{ brief.price }}，{{ brief.ends }}止，拒收请回复R"


def shop(world: World) -> None:
    """Give the brand a brief and a letter that tells it."""
    publish(world, 1, BRIEF, "test")
    publish(world, 1, LETTER, "test")


def sent(client: Visitor, path: str, form: dict[str, str]) -> tuple[int, str]:
    """Return the status and the page after a form was sent."""
    answer = client.post(path, data=form | {"csrf": token(client, "/people")})
    return answer.status_code, answer.text


def test_the_pages_of_templates_and_briefs_open(world: World, tmp_path: Path) -> None:
    """Empty and filled, lists, single ones and editors."""
    client = signed_in(world, tmp_path)
    empty = [client.get(path) for path in ("/templates", "/briefs")]
    shop(world)

    pages = [
        "/templates", "/templates?q=letter&channel=email", "/templates?q=nothing", "/templates/new",
        "/templates/new?channel=sms", "/templates/new?copy=spring-mail", "/templates/spring-mail",
        "/templates/spring-mail/edit", "/briefs", "/briefs/new", "/briefs/spring",
        "/briefs/spring/edit",
    ]  # fmt: skip
    answers = {path: client.get(path) for path in pages}

    assert [answer.status_code for answer in empty] == [200, 200]
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
        pages, 200
    )
    assert "Spring letter" in answers["/templates"].text
    assert "¥99" in answers["/briefs/spring"].text


def test_what_contradicts_the_brief_is_not_published_from_the_editor(
    world: World, tmp_path: Path
) -> None:
    """The page says what the brief says, and keeps what was written."""
    shop(world)
    client = signed_in(world, tmp_path)
    wrong = FORM | {"part.0.text": GOOD.replace("{{ brief.price }}", "88元")}

    refused, page = sent(client, "/templates/save", wrong)
    made, _ = sent(client, "/templates/save", FORM | {"part.0.text": GOOD})

    assert refused == 422
    assert "88元" in page
    assert "¥99" in page
    assert made == 303
    assert client.get("/templates/spring-sms").status_code == 200


def test_the_form_keeps_what_it_has_no_field_for(world: World, tmp_path: Path) -> None:
    """Recommendations and notes survive an edit; another language and a variant are added."""
    shop(world)
    client = signed_in(world, tmp_path)
    base = LETTER.replace("locales:", "note: kept\nrecommend: {by: popular, n: 3}\nlocales:", 1)
    form = {
        "base": base, "mode": "form", "slug": "spring-mail", "channel": "email",
        "class": "marketing", "name-en": "Spring letter", "brief": "spring", "locale.0": "en",
        "variant.0": "", "part.0.subject": "Hello", "markup.0": "html", "rich.0": "<p>x</p>",
        "add-locale": "de", "to": "yaml",
    }  # fmt: skip

    status, page = sent(client, "/templates/draft", form)

    assert status == 200
    assert "note: kept" in page
    assert "recommend:" in page
    assert "de:" in page
    assert "subject: Hello" in page


def test_a_letter_is_shown_in_a_frame_that_can_do_nothing(world: World, tmp_path: Path) -> None:
    """Its own policy: no script, no console, dark when asked for."""
    shop(world)
    client = signed_in(world, tmp_path)
    form = {"mode": "yaml", "yaml": LETTER, "csrf": token(client, "/people")}

    light = client.post("/templates/frame", data=form)
    dark = client.post("/templates/frame", data=form | {"shade": "dark"})

    assert "sandbox" in light.headers["content-security-policy"]
    assert "script-src" not in light.headers["content-security-policy"]
    assert "prefers-color-scheme: dark" in light.text
    assert "prefers-color-scheme: dark" not in dark.text
    assert "¥99" in light.text


def test_a_brief_that_a_template_contradicts_is_not_published(world: World, tmp_path: Path) -> None:
    """The same facts everywhere, or the change waits until the template says them too."""
    publish(world, 1, BRIEF, "test")
    spelt = LETTER.replace("Only {{ brief.price }}", "Only ¥99")
    publish(world, 1, spelt, "test")
    client = signed_in(world, tmp_path)
    changed = BRIEF.replace("price: 99", "price: 89")
    form = {"mode": "yaml", "yaml": changed, "was": "spring", "version": "1"}

    refused, page = sent(client, "/briefs/save", form)
    publish(world, 1, LETTER, "test")
    made, _ = sent(client, "/briefs/save", form)

    assert (refused, made) == (422, 303)
    assert "spring-mail" in page
    assert "¥99" in page


def test_a_brief_is_written_in_a_form(world: World, tmp_path: Path) -> None:
    """A row a fact, each with what its kind needs."""
    client = signed_in(world, tmp_path)
    form = {
        "base": "", "mode": "form", "was": "", "slug": "may", "name-zh-CN": "五月",
        "channels": "sms", "locales": "zh-CN", "fact.0.name": "price", "fact.0.kind": "price",
        "fact.0.value": "9.9", "fact.0.currency": "cny", "fact.1.name": "off",
        "fact.1.kind": "off", "fact.1.value": "20", "fact.2.name": "free",
        "fact.2.kind": "claim", "fact.2.zh-CN": "包邮", "fact.3.name": "day",
        "fact.3.kind": "date", "fact.3.value": "2026-05-01 10:00",
    }  # fmt: skip

    made, page = sent(client, "/briefs/save", form)

    assert made == 303, page
    shown = client.get("/briefs/may").text
    for said in ("¥9.9", "8折", "包邮", "5月1日 10:00"):
        assert said in shown, said


def test_a_server_does_what_the_pages_do(world: World, tmp_path: Path) -> None:
    """Apply, look, list and restore by key; faults come as data with lines."""
    _, key = create_key(world, 1, "erp", "api")
    client, auth = visitor(world, tmp_path), (key, "")
    applied = client.request("PUT", "/v1/briefs", json={"source": BRIEF}, auth=auth)
    made = client.request("PUT", "/v1/templates", json={"source": LETTER}, auth=auth)
    wrong = LETTER.replace("Only {{ brief.price }}", "Only ¥88")

    seen = client.post("/v1/templates/look", json={"source": wrong}, auth=auth).json()
    refused = client.request("PUT", "/v1/templates", json={"source": wrong}, auth=auth)
    listed = client.get("/v1/templates", auth=auth).json()["templates"]
    brief = client.get("/v1/briefs/spring", auth=auth).json()
    back = client.post("/v1/templates/spring-mail/restore", json={"version": 1}, auth=auth)

    assert (applied.status_code, made.status_code, refused.status_code) == (200, 200, 422)
    assert refused.json()["problems"][0]["line"] == 13
    assert "¥88" in seen["problems"][0]["text"]["en"]
    assert seen["preview"]["parts"]["subject"] == "Now ¥99"
    assert [one["template"] for one in listed] == ["spring-mail"]
    assert brief["values"]["zh-CN"]["ends"] == "3月8日"
    assert {"channel": "sms", "locale": "en", "templates": []} in brief["told"]
    assert back.status_code == 200


def test_what_rule_packs_object_to_stands_beside_the_editor(world: World, tmp_path: Path) -> None:
    """Before anybody tries to publish it."""
    client = signed_in(world, tmp_path)
    text = "【汇流】国家级品质，全网最低价，拒收请回复R"
    form = FORM | {"brief": "", "part.0.text": text}

    _, page = sent(client, "/templates/check", form)
    refused, _ = sent(client, "/templates/save", form)

    assert "国家级" in page[page.index('class="problems"') :]
    assert refused == 422


def test_a_person_of_the_brand_is_masked_unless_revealing_is_asked_for(
    world: World, tmp_path: Path
) -> None:
    """A look at personal values is written down; a viewer gets none."""
    profile = someone(world, "Adelaide")
    source = LETTER.replace("brief: spring\n", "").replace(
        "Now {{ brief.price }}", "Dear {{ person.name }}"
    )
    source = source[: source.index("    mjml")] + '    text: "x {{ unsubscribe_url }}"\n'
    shown = {"mode": "yaml", "yaml": source, "as-person": show_profile_id(profile)}
    client = signed_in(world, tmp_path)

    _, masked = sent(client, "/templates/check", shown)
    _, clear = sent(client, "/templates/check", shown | {"reveal": "1"})
    viewer = signed_in(world, tmp_path, "viewer")
    _, kept = sent(viewer, "/templates/check", shown | {"reveal": "1"})
    actions = client.get("/actions").text

    assert ("Adelaide" in masked, "Adelaide" in clear, "Adelaide" in kept) == (False, True, False)
    assert "Dear A***e" in masked
    assert show_profile_id(profile) in actions
