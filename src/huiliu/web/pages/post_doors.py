"""The doors of what people show of what they bought."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import posts

__all__ = ["POST_DOORS"]

# Who looks at what people sent decides about it: nobody else reads what waits.
POST_DOORS: Final = (
    Door("/posts", posts.show_list, "rewards.write"),
    Door("/posts/link", posts.make_link, "rewards.write", ("POST",)),
    Door("/posts/{post}/files/{name}", posts.show_file, "rewards.write"),
    Door("/posts/{post}/approve", posts.approve, "rewards.write", ("POST",)),
    Door("/posts/{post}/refuse", posts.refuse, "rewards.write", ("POST",)),
    Door("/posts/{post}/withdraw", posts.withdraw, "rewards.write", ("POST",)),
)
