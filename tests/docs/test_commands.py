"""Every command and every Python block of README.md and docs/ runs, and prints what the page shows."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import PAGES, REPOSITORY, blocks, reason_not_to_run

# All blocks that are not run, with what their titles say that they need.
NOT_RUN = {
    "README.md": ["sets up an environment"] * 2,
    "docs/export_and_serve.md": ["needs TF Serving"] * 3 + ["needs a terminal of its own"],
    "docs/fine_tune.md": ["waits until Ctrl-C"],
    "docs/look_inside.md": ["waits until Ctrl-C"],
    "docs/many_rows.md": ["needs processes of Ray"] * 2 + ["needs Spark"] + ["needs Beam"] * 2,
    "docs/operations.md": ["needs TF Serving"] * 4,
    "docs/workers.md": ["needs two processes", "needs several machines", "needs a cluster of Ray"],
}
_LANGUAGES = ("console", "json", "python", "text", "yaml")
_BENCHMARK = re.compile(r"benchmarks/\w+\.py")
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
_HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
_SPLIT_STRING = re.compile(r'"\n\s*f?"')
_PROMPT_OUTSIDE = re.compile(r"^ {4,}\$ ", re.MULTILINE)


def _name(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_the_blocks_of_a_page_run_in_their_order_and_print_what_it_shows(
    page: Path, run_page: Callable[[Path], object]
) -> None:
    run_page(page)


def test_these_blocks_alone_are_not_run() -> None:
    reasons = {
        _name(page): [reason for block in blocks(page) if (reason := reason_not_to_run(block))] for page in PAGES
    }
    assert {name: found for name, found in reasons.items() if found} == NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_has_no_commands_but_those_that_are_run(page: Path) -> None:
    assert {block.region.lexemes["language"] for block in blocks(page)} <= set(_LANGUAGES)
    assert not _PROMPT_OUTSIDE.search(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_benchmark_that_a_page_names_is_there(page: Path) -> None:
    for name in _BENCHMARK.findall(page.read_text(encoding="utf-8")):
        assert (REPOSITORY / name).is_file(), name


@pytest.mark.parametrize("name", ["README.md", "benchmarks/README.md", "saved_models/README.md"])
def test_the_links_of_a_page_outside_the_site_lead_somewhere(name: str) -> None:
    page = REPOSITORY / name
    for target, _ in _LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_messages_that_troubleshooting_explains_are_those_of_the_code() -> None:
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    messages = [message for heading in _HEADING.findall(page) for message in re.findall(r'"([^"]+)"', heading)]
    files = [file for room in ("bert_keras", "pipelines") for file in (REPOSITORY / room).rglob("*.py")]
    code = "".join(_SPLIT_STRING.sub("", file.read_text(encoding="utf-8")) for file in files)
    assert len(messages) >= 20
    assert [message for message in messages if message not in code] == []


def test_the_readme_is_short() -> None:
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
