"""An attacker's story: raw sockets against the proxy's real configuration, with the service behind it."""

import json
import shutil
import socket
import string
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.journey

TEMPLATE = Path(__file__).parents[2] / "deploy" / "nginx" / "leadscore.conf.template"
MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    {paths}
    include {folder}/leadscore.conf;
}}
"""
SLOW_SECONDS = 10.0
SCORE = {"lead": {"lead_id": "L1", "employees": 60}}


class Proxy:
    """A running proxy, and a key that the service behind it knows."""

    def __init__(self, port, key):
        self.port = port
        self.key = key
        self.address = f"http://127.0.0.1:{port}"

    def score(self, **given):
        headers = {"authorization": f"Bearer {self.key}", **given.pop("headers", {})}
        return httpx.post(f"{self.address}/v1/score", headers=headers, timeout=30, **given)

    def raw(self, text, timeout=30.0):
        """Send bytes as they are; return all that comes until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as connection:
            connection.sendall(text)
            return read_to_the_end(connection)


def read_to_the_end(connection):
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def behind(tmp_path_factory, served, write_rules_only, leadscore):
    """The service, and a key for it."""
    folder = tmp_path_factory.mktemp("behind")
    workspace = write_rules_only(folder / "acme")
    made = leadscore("keys", workspace, "create", "test", "--role", "crm", "--json")
    assert made.code == 0, made.err
    with served(workspace, folder / "log") as service:
        yield service, made.json["key"]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory, behind):
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
    service, key = behind
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    (folder / "temporary").mkdir()
    values = {
        "LEADSCORE_LISTEN": f"127.0.0.1:{port}", "LEADSCORE_SERVER_NAME": "localhost",
        "LEADSCORE_UPSTREAM": service.address.removeprefix("http://"), "LEADSCORE_TLS": f"{folder}/no-tls*.conf",
    }  # fmt: skip
    (folder / "leadscore.conf").write_text(string.Template(TEMPLATE.read_text()).safe_substitute(values))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{kind}_temp_path {folder}/temporary/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, paths=paths))
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([program, "-c", folder / "nginx.conf", "-p", folder], stderr=output, stdout=output)
    found = Proxy(port, key)
    try:
        for _ in range(100):
            assert process.poll() is None, (folder / "output").read_text()
            try:
                if httpx.get(f"{found.address}/livez", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                threading.Event().wait(0.1)
        yield found
    finally:
        process.terminate()
        process.wait(10)


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def test_calls_pass_and_what_is_refused_is_a_problem(proxy):
    answer = proxy.score(json=SCORE)
    assert (answer.status_code, answer.json()["score"]) == (200, 30)
    assert httpx.post(f"{proxy.address}/v1/score", json=SCORE, timeout=30).status_code == 401
    absent = httpx.get(f"{proxy.address}/metrics", headers={"authorization": f"Bearer {proxy.key}"}, timeout=30)
    assert (absent.status_code, absent.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-long": "a" * 17_000},
        {f"x-{number}": "a" * 1_000 for number in range(20)},
        {f"x-{number}": "a" for number in range(120)},
    ],
)
def test_row_12_too_many_or_too_long_headers_are_431(proxy, headers):
    answer = proxy.score(json=SCORE, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (431, "urn:leadscore:problem:headers-too-large")


def test_a_body_over_its_limit_is_413_with_and_without_a_length(proxy):
    large = json.dumps({"requests": [SCORE], "padding": "a" * 1_500_000}).encode()
    kind = {"content-type": "application/json"}
    assert proxy.score(content=large, headers=kind).status_code == 413
    assert proxy.score(content=iter([large]), headers=kind).status_code == 413
    key = {"authorization": f"Bearer {proxy.key}"}
    batch = httpx.post(f"{proxy.address}/v1/score/batch", content=large, headers=kind | key, timeout=30)
    assert batch.status_code == 422
    batch = httpx.post(f"{proxy.address}/v1/events", content=large * 8, headers=kind | key, timeout=30)
    assert batch.status_code == 413


def trickle(proxy, head, byte):
    """Send a head and then a byte a second; return the answer and how many seconds it took to be closed."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", proxy.port), 1.0) as connection:
        connection.sendall(head)
        answer = b""
        while time.monotonic() - began < 6 * SLOW_SECONDS:
            try:
                part = connection.recv(65536)
                answer += part
                if not part:
                    break
            except TimeoutError:
                try:
                    connection.sendall(byte)
                except (BrokenPipeError, ConnectionResetError):
                    break
            except ConnectionResetError:
                break
        return answer, time.monotonic() - began


def test_row_13_slow_clients_are_closed_and_others_are_served(proxy):
    head = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n"
    with_key = head + b"Authorization: Bearer " + proxy.key.encode() + b"\r\n\r\n{"
    with ThreadPoolExecutor(110) as pool:
        open_head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
        heads = [pool.submit(trickle, proxy, open_head, b"a") for _ in range(100)]
        body = pool.submit(trickle, proxy, with_key, b" ")
        nobody = pool.submit(trickle, proxy, head + b"\r\n{", b" ")
        while not all(one.done() for one in (*heads, body)):
            assert proxy.score(json=SCORE).status_code == 200
    # Busy machines are late; without the limit they would be held for a minute.
    assert max(one.result()[1] for one in (*heads, body)) < 3 * SLOW_SECONDS
    assert {status_of(one.result()[0]) for one in heads} <= {None, 408}
    assert status_of(body.result()[0]) == 408
    assert status_of(nobody.result()[0]) == 401


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"X-Folded: a\r\n b\r\nContent-Length: 4\r\n",
        b"Content-Length : 4\r\n",
    ],
    ids=["both-lengths", "two-lengths", "two-codings", "unknown-coding", "folded", "space-before-colon"],
)
def test_row_14_doubtful_requests_are_refused_and_the_connection_closed(proxy, headers):
    smuggled = b"0\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = proxy.raw(b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n" + smuggled)
    assert status_of(answer) in (400, 501)
    # One answer, and then nothing: what followed was not taken for another request.
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"live" not in answer


def test_a_service_that_is_away_is_a_problem_with_a_time_to_come_back(proxy, behind):
    behind[0].stop()
    away = proxy.score(json=SCORE)
    assert (away.status_code, away.headers["retry-after"]) == (503, "2")
    assert away.json()["type"] == "urn:leadscore:problem:unavailable"
