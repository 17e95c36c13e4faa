"""Why a file is not given is told in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import Text, render


def test_a_folder_in_place_of_a_file_is_called_one(tmp_path: Path) -> None:
    """What the system says in English is said in both languages."""
    with pytest.raises(OSError) as told:
        tmp_path.read_bytes()

    said = cause_of(told.value)
    assert isinstance(said, Text)
    assert render(said, "en") == "it is a folder"
    assert render(said, "zh-CN") == "这是一个文件夹"


def test_a_cause_without_words_is_told_as_the_system_tells_it() -> None:
    """Nothing is swallowed."""
    assert cause_of(OSError(9, "Bad file descriptor")) == "Bad file descriptor"
    assert cause_of(OSError("odd")) == "odd"
