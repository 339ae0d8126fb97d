"""Where the questions come from: the command line, a file, standard input, or someone who types them."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bert_keras.data.json_lines import KINDS, JsonLinesFile
from bert_keras.errors import DataError, InputError
from bert_keras.files import TextFile, shown_value, where

from .config import AnswerOverConfig

_PROMPT = "question> "


@dataclass(frozen=True)
class Asked:
    """A question.

    Attributes:
        question: The question.
        id: Its id in a file of JSON lines that has ids; else `None`.
    """

    question: str
    id: Any = None


def is_conversation(config: AnswerOverConfig) -> bool:
    """Returns whether someone types the questions, and reads each answer before the next one."""
    return config.question is None and config.questions is None and _is_terminal()


def asked_in(config: AnswerOverConfig) -> Iterator[list[Asked]]:
    """Returns the questions: those that are there already together, others as they come.

    Args:
        config: The options.

    Returns:
        An iterator over lists; blank lines of files and streams are left out.

    Raises:
        DataError: The file of questions cannot be read, or holds none.
        InputError: A question of the command line is blank, or not UTF-8.
    """
    if config.question is not None:
        return iter([[_checked(question) for question in config.question]])
    if config.questions is not None:
        asked = list(_in_file(config.questions))
        if not asked:
            raise DataError(f"{config.questions}: no question in it; write one per line")
        return iter([asked])
    return _typed() if _is_terminal() else _streamed()


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _checked(question: str) -> Asked:
    # Python decodes bytes that are not UTF-8 to lone surrogates.
    if not question.strip() or any("\ud800" <= character <= "\udfff" for character in question):
        raise InputError(f"--question must be a text that asks something. Received: {question!r:.80}")
    return Asked(question.strip())


def _in_file(name: str) -> Iterator[Asked]:
    file = TextFile(name)
    if file.kind not in KINDS:
        yield from (Asked(line.strip()) for line in file.lines() if line.strip())
        return
    for line, entry in JsonLinesFile(name).objects():
        question = entry.get("question")
        if not isinstance(question, str) or not question.strip():
            raise DataError(
                f"{where(name, line)}: the question must be a text. Received: {shown_value(question)} under 'question'"
            )
        yield Asked(question.strip(), entry.get("id"))


def _streamed() -> Iterator[list[Asked]]:
    from ..inputs.rows import chunks_of_stream

    for lines in chunks_of_stream(sys.stdin.buffer):
        yield [Asked(line.strip()) for line in lines if isinstance(line, str) and line.strip()]


def _typed() -> Iterator[list[Asked]]:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # which lets a line be edited, and earlier ones be called back
    while True:
        try:
            line = input(_PROMPT)
        except EOFError:  # Ctrl-D
            sys.stdout.write("\n")
            return
        if line.strip():
            yield [Asked(line.strip())]
