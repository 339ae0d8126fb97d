"""The pages of the documentation and their blocks."""

import contextlib
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from output_shape import assert_same_shape
from programs import Ended
from shell_lines import fails, run_line, shell_lines
from sybil import Document, Example, Region
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

REPOSITORY = Path(__file__).parents[2]
PAGES = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")))

PRINTS = "prints"
"""The title of a `text` block that shows what the Python block above it prints."""
_INFO = re.compile(r'(?P<language>\w*)(?: title="(?P<title>[^"\n]*)")?[ \t]*$\n', re.MULTILINE)
_FILE_NAME = re.compile(r"[\w./-]+\.\w+")
_REASON = re.compile(r"needs .+|sets up .+|waits .+")


def blocks(page: Path) -> Iterator[Example]:
    """Finds the fenced blocks of a page.

    Args:
        page: The page.

    Yields:
        Each; its region's lexemes are `language`, `title` and `source`.
    """
    yield from Document.parse(str(page), _parser)


def reason_not_to_run(block: Example) -> str | None:
    """What a block needs that is not here, as its title says."""
    title = block.region.lexemes["title"]
    return title if title and _REASON.fullmatch(title) else None


class PageRun:
    """The blocks of a page, run in their order.

    A `console` block is run and its output compared; a `python` block is executed in the page's namespace; a `text`
    block with the title "prints" is what that printed; a block whose title is the name of a file is written to that
    file. A block whose title says what it needs is not run.

    Args:
        folder: Where the page's commands find their files.
        done: How commands ended that another page has run on the same files, what they wrote being in the folder.

    Attributes:
        ended: How each command of the page ended.
    """

    def __init__(self, folder: Path, done: Mapping[str, Ended] = MappingProxyType({})) -> None:
        self.ended: dict[str, Ended] = {}
        self._folder, self._done = folder, done
        self._printed = ""
        self._python = PythonEvaluator()

    def run(self, page: Path) -> None:
        """Runs all blocks of a page."""
        with contextlib.chdir(self._folder):
            for block in blocks(page):
                if reason_not_to_run(block) is None:
                    self._run(block)

    def _run(self, block: Example) -> None:
        language, title = block.region.lexemes["language"], block.region.lexemes["title"]
        if title and _FILE_NAME.fullmatch(title):
            path = self._folder / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.parsed, encoding="utf-8")
        elif language == "console":
            self._run_lines(block)
        elif language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                self._python(block)
            self._printed = printed.getvalue()
        elif title == PRINTS:
            assert_same_shape(block.parsed, self._printed)

    def _run_lines(self, block: Example) -> None:
        for line in shell_lines(block.parsed):
            ended = self._done.get(line.command) or run_line(line.command, self._folder)
            self.ended[line.command] = ended
            told = f"{block.path}, line {block.line}: {line.command}\n{ended.out}{ended.err}"
            assert (ended.status != 0) == fails(line.output), told
            if line.output.strip():
                try:
                    assert_same_shape(line.output, ended.out + ended.err)
                except AssertionError as error:
                    error.add_note(told)
                    raise


def _parser(document: Document) -> Iterator[Region]:
    for region in RawFencedCodeBlockLexer(_INFO)(document):
        region.parsed = region.lexemes["source"]
        yield region
