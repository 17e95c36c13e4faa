"""Third-party files are what VENDOR.json says, and pages ask nobody else for anything."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import huiliu.web
from huiliu.kernel.texts import LOCALES, catalogue
from huiliu.web.i18n import choose_locale, show_ago, show_duration, show_number, translate
from huiliu.web.paging import message_mark, read_message, read_number, read_person

WEB = Path(huiliu.web.__file__).parent
VENDOR = WEB / "static" / "vendor"


def test_every_vendored_file_has_the_sum_that_is_written_down() -> None:
    """Nobody edits them by hand; each names its packages with version and licence."""
    listed = json.loads((VENDOR / "VENDOR.json").read_text("utf-8"))

    for entry in listed:
        raw = (VENDOR / entry["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == entry["sha256"], entry["file"]
        assert all(package["licence"] for package in entry["packages"])
    kept = {file.name for file in VENDOR.iterdir()} - {"VENDOR.json", "LICENSES.txt"}
    assert kept == {entry["file"] for entry in listed}


def test_every_package_that_is_shipped_has_its_licence_text() -> None:
    """LICENSES.txt travels with the files."""
    listed = json.loads((VENDOR / "VENDOR.json").read_text("utf-8"))
    texts = (VENDOR / "LICENSES.txt").read_text("utf-8")

    for package in (package for entry in listed for package in entry["packages"]):
        assert f"{package['name']} {package['version']}" in texts


def test_no_template_asks_another_host() -> None:
    """Everything that a page needs comes from the instance."""
    for template in (WEB / "templates").rglob("*.html"):
        assert not re.search(r"(src|href)=[\"']?(https?:)?//", template.read_text("utf-8")), (
            template
        )


def test_no_template_holds_inline_scripts_or_handlers() -> None:
    """The policy would refuse them; better to know here."""
    for template in (WEB / "templates").rglob("*.html"):
        source = template.read_text("utf-8")
        assert not re.search(r"\son\w+=", source), template
        for tag in re.findall(r"<script[^>]*>", source):
            # Data never runs; search engines read the second kind.
            assert "src=" in tag or re.search(r"application/(ld\+)?json", tag), template


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    """A missing one would be an empty square."""
    known = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons.svg").read_text("utf-8")))

    for template in (WEB / "templates").rglob("*.html"):
        for name in re.findall(r'icon\("([\w-]+)"', template.read_text("utf-8")):
            assert name in known, (template.name, name)


def test_every_text_that_a_template_names_is_in_both_catalogues() -> None:
    """Keys that are put together are covered by the browser tests."""
    for template in (WEB / "templates").rglob("*.html"):
        for key in re.findall(r'\bt\("([\w.]+)"[,)]', template.read_text("utf-8")):
            assert all(key in catalogue(locale) for locale in LOCALES), (template.name, key)


def test_a_visitor_without_a_choice_gets_the_browsers_language() -> None:
    """Chosen first, then what the browser asks for, then the instance's."""
    assert choose_locale(None, "en-GB,en;q=0.9", "zh-CN") == "en"
    assert choose_locale(None, "fr-FR, zh-TW;q=0.8", "en") == "zh-CN"
    assert choose_locale("zh-CN", "en", "en") == "zh-CN"
    assert choose_locale("xx", None, "en") == "en"


def test_figures_and_times_are_written_for_readers() -> None:
    """Thousands are set apart; times are told in the unit that fits."""
    minute = 60_000_000

    assert show_number(1234567) == "1,234,567"
    assert show_duration("en", 90 * minute) == "1 h"
    assert show_ago("zh-CN", 1, 3 * minute, "Asia/Shanghai") == "2 分钟前"
    assert translate("en", "console.time.ago", length="2 min") == "2 min ago"


def test_a_place_in_a_list_survives_the_address_and_nonsense_does_not() -> None:
    """What stands in an address is never trusted."""
    place = (1_795_320_000_000_000, b"\x01" * 16)

    assert read_message(message_mark(place)) == place
    assert read_message("1.zz") is None
    assert read_person("1.p_nobody") is None
    assert read_number("9" * 19) is None
    assert read_number("١٢") is None
