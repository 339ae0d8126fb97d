import json
import re
from collections.abc import Iterator

import pytest
from served import Served, serving

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(ui=True) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", HTML),
        ("/ui/explained.html", HTML),
        ("/ui/main.js", SCRIPT),
        ("/ui/style.css", "text/css; charset=utf-8"),
        ("/ui/icon.svg", "image/svg+xml"),
        ("/ui/attention/views/text/view.js", SCRIPT),
    ],
)
def test_its_files_have_their_types(served: Served, path: str, content_type: str) -> None:
    reply = served.ask("GET", path)
    assert (reply.status, reply.content_type) == (200, content_type)
    assert served.records[-1].path == path


def test_every_module_that_is_imported_is_served(served: Served) -> None:
    asked, wanted = set[str](), ["/ui/main.js", "/ui/explained.js"]
    while wanted:
        path = wanted.pop()
        reply = served.ask("GET", path)
        assert (reply.status, reply.content_type) == (200, SCRIPT), path
        asked.add(path)
        for other in re.findall(r'^(?:import|export) .*from "(.*)";$', reply.text, re.MULTILINE):
            parts = path.split("/")[:-1]
            for part in other.split("/"):
                parts = parts[:-1] if part == ".." else parts if part == "." else [*parts, part]
            wanted += [found for found in ["/".join(parts)] if found not in asked]
    assert len(asked) > 40


@pytest.mark.parametrize(
    "path",
    [
        "/ui/",
        "/ui",
        "/ui/index.html",
        "/ui/../main.js",
        "/ui/%2e%2e/interface.py",
        "/ui/../interface.py",
        "/ui//etc/passwd",
        "/ui/attention/../../plugin.py",
        "/ui/page_files.py",
        "/ui/main.js?x",
    ],
)
def test_nothing_else_is_served(served: Served, path: str) -> None:
    reply = served.ask("GET", path)
    assert (reply.status, reply.content_type) == (404, "text/html")
    assert "import" not in reply.text


def test_the_policy_allows_files_of_this_server_only(served: Served) -> None:
    headers = served.headers("/")
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"] and "sha256-" in policy["style-src"]
    assert policy["frame-ancestors"] == "'none'"
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-cache")
    assert "Set-Cookie" not in headers
    assert served.headers("/ui/explained.html")["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_the_page_learns_the_names_of_the_models(served: Served) -> None:
    reply = served.ask("GET", "/ui/models.json")
    assert (reply.status, reply.content_type, json.loads(reply.text)) == (200, "application/json", {"models": ["fake"]})


def test_the_paths_of_the_api_stay_as_they_are(served: Served) -> None:
    assert served.predict({"instances": ["a"]}).status == 200
    assert served.ask("GET", "/v1/").status == 400


def test_without_the_flag_there_is_no_page() -> None:
    with serving() as running:
        for path in ("/", "/ui/main.js", "/ui/models.json"):
            reply = running.ask("GET", path)
            assert (reply.status, reply.content_type) == (404, "text/html")
            assert "Not Found" in reply.text
