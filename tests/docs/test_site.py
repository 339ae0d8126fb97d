"""The site is built without a warning and without a network, and shows every public name."""

import ast
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
STUBS = sorted((REPOSITORY / "bert_keras").rglob("__init__.pyi"))
_UNREACHABLE = "http://127.0.0.1:9"
_LOADED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*\s(?:src|srcset)=\"?https?:|<link[^>]*\shref=\"?https?:[^>]*stylesheet"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with a proxy that nothing answers at."""
    folder = tmp_path_factory.mktemp("site")
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _UNREACHABLE)
    ended = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=REPOSITORY,
        env=os.environ | proxies | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="module")
def documented(site: Path) -> set[str]:
    """The names that the site's inventory lists."""
    inventory = (site / "objects.inv").read_bytes()
    head, _, _ = inventory.partition(b"zlib.\n")
    lines = zlib.decompress(inventory[len(head) + len(b"zlib.\n") :]).decode().splitlines()
    return {line.split(" ", 1)[0] for line in lines}


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.relative_to(REPOSITORY).as_posix())
def test_every_public_name_has_a_docstring_and_is_in_the_reference(stub: Path, documented: set[str]) -> None:
    room = ".".join(stub.parent.relative_to(REPOSITORY).parts)
    absent = [name for name in public_names(stub) if f"{room}.{name}" not in documented]
    assert not absent, f"without a docstring, or its room without a page in docs/reference: {absent}"


def test_every_error_is_in_the_reference(documented: set[str]) -> None:
    errors = ast.parse((REPOSITORY / "bert_keras" / "errors.py").read_text(encoding="utf-8"))
    names = {f"bert_keras.errors.{node.name}" for node in errors.body if isinstance(node, ast.ClassDef)}
    assert names
    assert names <= documented


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert pages
    for page in pages:
        assert not _LOADED.search(page.read_text(encoding="utf-8")), page


def public_names(stub: Path) -> list[str]:
    """The names that a room imports under their own name."""
    nodes = [node for node in ast.parse(stub.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    return [alias.name for node in nodes for alias in node.names if alias.asname == alias.name]
