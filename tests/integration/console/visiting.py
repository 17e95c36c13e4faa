"""Visits the console without a browser: sign in, read a form's token, send it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from huiliu.ports.world import World
from huiliu.services.add_user import NewUser, add_user
from huiliu.settings import load
from huiliu.web.app import create_app

BRAND = 1
PASSWORD = "correct horse battery"


class Visitor:
    """A browser's worth of cookies in front of the console; follows no redirect."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Return the answer to one request, and keep its cookies."""
        return asyncio.run(self._request(method, path, **asked))

    def get(self, path: str, **asked: Any) -> httpx.Response:
        """Return the answer to GET."""
        return self.request("GET", path, **asked)

    def post(self, path: str, **asked: Any) -> httpx.Response:
        """Return the answer to POST."""
        return self.request("POST", path, **asked)

    async def _request(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Ask the application on a loop of this request's own."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://console.test", cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **asked)
            self.cookies = client.cookies
            return answer


def visitor(world: World, instance: Path) -> Visitor:
    """Return someone who has never been here."""
    return Visitor(create_app(world, load(instance, dict[str, str]())))


def add(world: World, role: str = "admin") -> None:
    """Let a user of a role sign in."""
    add_user(world, BRAND, NewUser(f"{role}@shop.example", role, PASSWORD, role, "en"))


def token(client: Visitor, path: str = "/sign-in") -> str:
    """Return the token of the form on a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def sign_in(client: Visitor, role: str = "admin", password: str = PASSWORD) -> int:
    """Send the sign-in form and return the status of the answer."""
    form = {"csrf": token(client), "email": f"{role}@shop.example", "password": password}
    return client.post("/sign-in", data=form).status_code


def signed_in(world: World, instance: Path, role: str = "admin") -> Visitor:
    """Return a visitor who is signed in as a role."""
    add(world, role)
    client = visitor(world, instance)
    assert sign_in(client, role) == 303
    return client
