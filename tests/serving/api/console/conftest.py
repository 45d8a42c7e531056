"""A browser without a screen: it keeps cookies, follows nothing, and sends forms as browsers do."""

import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from serving.store import users as users_module
from serving.store.keys import Role
from serving.store.users import hash_password

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords of tests need not withstand anybody."""
    monkeypatch.setattr(users_module, "_N", 2**4)
    monkeypatch.setattr(users_module, "NOBODY", hash_password("nobody's password"))


class Browser:
    """Visits a service's console."""

    def __init__(self, service: Any, language: str = "en") -> None:
        self.service = service
        self.cookies: dict[str, str] = {}
        self.language = language

    def request(self, method: str, path: str, **given: Any) -> Any:
        headers = {"accept-language": self.language, **given.pop("headers", {})}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.service.client.request(method, path, headers=headers, **given)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return answer

    def get(self, path: str, **given: Any) -> Any:
        return self.request("GET", path, **given)

    def send(self, path: str, **fields: str) -> Any:
        """Send a form of this session."""
        return self.request("POST", path, content=urlencode(fields), headers={"content-type": FORM})

    def reads(self, path: str, **given: Any) -> str:
        """Return what a person reads on a page."""
        text = re.sub(r"<(script|style)\b.*?</\1>", " ", self.get(path, **given).text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/").text)
        assert found is not None
        return html.unescape(found[1])


@pytest.fixture
def browser(service: Any) -> Browser:
    """Return a browser that has not signed in."""
    return Browser(service)


@pytest.fixture
def signed_in(service: Any) -> Any:
    """Return what makes a browser of somebody signed in."""

    def sign_in(role: Role = Role.MARKETING, name: str = "ann", language: str = "en") -> Browser:
        with service.rooms.door.store().begin() as tx:
            tx.users.put(name, role)
            token = tx.users.make_link(name)
        made = Browser(service, language)
        assert made.get(f"/sign-in?link={token}").status_code == 303
        return made

    return sign_in
