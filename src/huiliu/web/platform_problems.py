"""What a page says where a platform, or a rule of ours, refused what somebody pressed."""

from __future__ import annotations

from huiliu.kernel.errors import Conflict, PlatformFailed
from huiliu.kernel.texts import Text, text

__all__ = ["problem_of"]


def problem_of(fault: PlatformFailed | Conflict) -> tuple[str, Text, int]:
    """Return a refusal as pages list problems."""
    if isinstance(fault, PlatformFailed):
        said = text("error.platform_failed", platform=fault.platform, response=fault.response)
        return "", said, 0
    return "", text("error.conflict", what=fault.what, expected=fault.expected,
                    found=fault.found), 0  # fmt: skip
