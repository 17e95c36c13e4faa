"""Where settings come from, and what is said of those that cannot be used."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from huiliu.kernel.errors import BadSetting
from huiliu.settings import FILE_NAME, ROWS, Settings, load, sample, spoken


def test_every_row_is_a_field_and_every_field_a_row() -> None:
    """A setting cannot be forgotten on either side."""
    fields = {field.name for field in dataclasses.fields(Settings)} - {"instance", "origin"}

    assert fields == {row.name for row in ROWS}


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path,
) -> None:
    """`huiliu settings` says which of the three it was."""
    (tmp_path / FILE_NAME).write_text('port = 1111\nhost = "10.0.0.1"\n')

    found = load(tmp_path, {"HUILIU_PORT": "2222"})

    assert (found.port, found.host, found.zone) == (2222, "10.0.0.1", "Asia/Shanghai")
    assert (found.origin["port"], found.origin["host"]) == ("environment", "file")
    assert found.origin["zone"] == "default"


def test_a_secret_is_read_from_the_file_that_the_environment_names(tmp_path: Path) -> None:
    """A password need not stand in a process's environment."""
    (tmp_path / "url").write_text("postgresql://db/huiliu\n")

    found = load(tmp_path, {"HUILIU_DATABASE_URL_FILE": str(tmp_path / "url")})

    assert found.database_url == "postgresql://db/huiliu"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("prot = 8400\n", "prot"),
        ('port = "many"\n', "port"),
        ("port = 70000\n", "port"),
        ('zone = "Asia/Atlantis"\n', "zone"),
        ('locale = "de"\n', "locale"),
        ('cookie_secure = "perhaps"\n', "cookie_secure"),
        ('public_events_refused = "Or*der"\n', "public_events_refused"),
        ('database_url = "localhost"\n', "database_url"),
        ('database_url = "mysql://db/huiliu"\n', "database_url"),
        ('database_url = "postgresql://db:port/huiliu"\n', "database_url"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, written: str, name: str) -> None:
    """A typing error in the config file is found at the start, not in the middle of a night."""
    (tmp_path / FILE_NAME).write_text(written)

    with pytest.raises(BadSetting) as caught:
        load(tmp_path, {})

    assert caught.value.name == name


def test_a_config_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    """The file's own path stands in the message."""
    (tmp_path / FILE_NAME).write_text("port: 8400")

    with pytest.raises(BadSetting) as caught:
        load(tmp_path, {})

    assert FILE_NAME in caught.value.name


def test_the_sample_config_shows_every_setting_and_sets_none(tmp_path: Path) -> None:
    """`huiliu init` writes a file in which a person finds what can be set."""
    assert tomllib.loads(sample()) == {}
    shown = {f"# {row.name} = " for row in ROWS}
    opened = "\n".join(
        line.removeprefix("# ")
        for line in sample().splitlines()
        if any(line.startswith(name) for name in shown)
    )

    (tmp_path / FILE_NAME).write_text(opened)
    assert load(tmp_path, {}).origin["port"] == "file"


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "HUILIU_LOCALE": "zh-CN"}, "zh-CN"),
        ({}, "en"),
    ],
)
def test_the_command_line_speaks_the_language_of_the_system(
    environment: dict[str, str], locale: str
) -> None:
    """Without a setting, a Chinese terminal is answered in Chinese and any other in English."""
    assert spoken(environment) == locale
