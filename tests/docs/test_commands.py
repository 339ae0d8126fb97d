"""Every command and every Python block of README.md and docs/ runs, and prints what the page shows.

Pages that take long are run by `make docs`; of their commands the options are checked each time.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import PAGES, REPOSITORY, blocks, reason_not_to_run
from shell_lines import check_options

from bert_keras.errors import InputError

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
# They train, and take minutes together.
TAKE_LONG = {
    "adapters.md",
    "ask_documents.md",
    "checkpoints.md",
    "few_examples.md",
    "look_inside.md",
    "names_in_texts.md",
    "pretrain.md",
    "search.md",
    "sentence_vectors.md",
    "smaller_models.md",
    "train_a_reader.md",
}
_LANGUAGES = ("console", "json", "python", "text", "yaml")
_BENCHMARK = re.compile(r"benchmarks/\w+\.py")
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
_HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
_SPLIT_STRING = re.compile(r'"\n\s*f?"')
_PROMPT_OUTSIDE = re.compile(r"^ {4,}\$ ", re.MULTILINE)


def _name(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def _marked(page: Path) -> Any:
    """A page as a parameter; one that takes long to run is run before the site is built, as the tutorials are."""
    return pytest.param(page, marks=pytest.mark.tutorials if page.name in TAKE_LONG else (), id=_name(page))


@pytest.mark.parametrize("page", list(map(_marked, PAGES)))
def test_the_blocks_of_a_page_run_in_their_order_and_print_what_it_shows(
    page: Path, run_page: Callable[[Path], object]
) -> None:
    run_page(page)


@pytest.mark.parametrize("page", [page for page in PAGES if page.name in TAKE_LONG], ids=_name)
def test_the_commands_of_a_page_that_takes_long_have_options_that_there_are_and_that_go_together(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)  # whose configs they name
    for block in blocks(page):
        if block.region.lexemes["language"] == "console" and reason_not_to_run(block) is None:
            check_options(block.parsed)


def test_a_wrong_option_of_a_page_is_found() -> None:
    with pytest.raises(InputError, match="--epoch"):
        check_options("$ echo x | bert-keras classify --train a.tsv --dev b.tsv --epoch 3\n")
    check_options("$ bert-keras classify --train a.tsv --dev b.tsv --epoch 3\nerror: …\n")  # a page shows that it fails


def test_the_pages_that_take_long_are_there() -> None:
    assert {page.name for page in PAGES} >= TAKE_LONG


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
