"""What deploy/ says and what the program does are the same."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from serving.errors import TITLES
from serving.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture
def compose():
    return YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())


def test_every_setting_that_the_compose_file_gives_the_service_exists(compose, tmp_path):
    secret = tmp_path / "store_url"
    secret.write_text("postgresql://leadscore@database/leadscore")
    given = {name: str(value) for name, value in compose["services"]["service"]["environment"].items()}
    # Compose puts its own variables in; a default stands behind ``:-``.
    given = {name: re.sub(r"\$\{\w+(?::-([^}]*))?\}", r"\1", value) for name, value in given.items()}
    given["LEADSCORE_STORE_URL_FILE"] = str(secret)
    assert Settings.from_environment(given).workers == 2


def test_no_secret_stands_in_the_files(compose):
    for name, secret in compose["secrets"].items():
        assert secret["file"].startswith("./secrets/"), name
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|STORE_URL|TOKEN|KEY", name):
                assert name.endswith("_FILE"), name
                assert str(value).startswith("/run/secrets/"), name
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_only_the_proxy_can_be_reached_and_our_services_may_do_little(compose):
    services = compose["services"]
    assert {name for name, one in services.items() if "ports" in one} == {"proxy"}
    assert compose["networks"]["back"] == {"internal": True}
    for name in ("service", "registry"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True
        assert "no-new-privileges:true" in services[name]["security_opt"]


def test_every_image_names_its_version(compose):
    images = {one["image"] for one in compose["services"].values()} - {"leadscore"}
    images |= set(re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    assert all(re.search(r":\d", image) for image in images), images


def test_the_image_runs_as_a_user_of_its_own_pinned_by_hash_and_says_how_it_is():
    text = (DEPLOY / "Dockerfile").read_text()
    last = text.rpartition("FROM ")[2]
    assert re.search(r"^USER leadscore$", last, re.MULTILINE)
    assert "--require-hashes --requirement requirements-service.lock" in text
    assert "HEALTHCHECK" in last
    assert '"leadscore", "serve", "/workspace"' in last
    for folder in re.findall(r"^COPY (\w+) \./\1$", text, re.MULTILINE):
        assert (ROOT / folder).is_dir()
    packages = re.search(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages is not None
    for package in re.findall(r'"(\w+)"', packages[1]):
        assert f"COPY {package} ./{package}" in text


def test_a_build_sees_only_what_the_image_is_made_of():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \./\w*$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert let_in == {name for names in copied for name in names.split()}


def test_the_lock_of_the_service_is_part_of_the_lock_of_all():
    def versions(name):
        return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))

    everything, service = versions("requirements.lock"), versions("requirements-service.lock")
    assert service.items() <= everything.items()
    assert not service.keys() & {"pytest", "mypy", "ruff", "ipykernel"}


def test_the_proxy_answers_with_problems_of_the_api():
    template = (DEPLOY / "nginx" / "leadscore.conf.template").read_text()
    form = r"return (\d+) '\{\"type\": \"urn:leadscore:problem:([\w-]+)\", \"title\": \"([^\"]+)\""
    answers = re.findall(form, template)
    assert len(answers) >= 7
    for status, code, title in answers:
        if code != "invalid-request":
            assert TITLES[code] == (int(status), title)


def test_the_deployment_page_names_every_file_and_every_setting(request):
    page = (ROOT / "docs" / "deploy.md").read_text()
    files = [path.relative_to(ROOT).as_posix() for path in DEPLOY.rglob("*") if path.is_file()]
    assert [name for name in files if "/secrets/" not in name and name not in page] == []
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", page))
    known = {row["name"] for row in Settings().table()}
    own = {"LEADSCORE_SERVER_NAME", "LEADSCORE_STORE_URL_FILE"}  # of the compose file, and of a secret's file
    assert named - known - own == set()
