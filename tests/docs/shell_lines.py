"""The lines of a `console` block, run as a shell would: the project's programs, and a few of the system's."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from programs import Ended, call, program_of

from pipelines.command_line.parser import parse

_PROMPT = "$ "
_SYSTEM = ("cat", "cut", "echo", "head", "ls", "printf", "python", "tail", "wc")
_MISTAKE = re.compile(r"^error: ", re.MULTILINE)


@dataclass(frozen=True)
class ShellLine:
    """A command and what a page says that it prints.

    Attributes:
        command: As it is typed, without the prompt; lines that end with a backslash are joined.
        output: The lines below it; empty where the page shows none.
    """

    command: str
    output: str


def shell_lines(block: str) -> Iterator[ShellLine]:
    """Finds the commands of a block.

    Args:
        block: Lines, of which those that begin with `$ ` are commands.

    Yields:
        Each command with the output below it.
    """
    begin = re.escape(_PROMPT)
    first, *parts = re.split(rf"^{begin}", block, flags=re.MULTILINE)
    assert not first.strip(), f"output before a command: {first!r}"
    for part in parts:
        command, _, output = re.sub(r"\\\n\s*", "", part).partition("\n")
        yield ShellLine(command.strip(), output)


def run_line(command: str, folder: Path) -> Ended:
    """Runs a command.

    Args:
        command: Programs with `|` between them, and perhaps `> FILE` at the end.
        folder: Where.

    Returns:
        How the last program ended, with what all of them wrote to standard error.
    """
    piped, target = _parsed(command)
    ended, said = Ended(0, "", ""), ""
    for arguments in piped:
        ended = _run(arguments, folder, ended.out.encode())
        said += ended.err
    if target is not None:
        (folder / target).write_text(ended.out, encoding="utf-8")
        return Ended(ended.status, "", said)
    return Ended(ended.status, ended.out, said)


def fails(output: str) -> bool:
    """Whether a page shows a command that ends with a mistake."""
    return _MISTAKE.search(output) is not None


def check_options(block: str) -> None:
    """Makes the config of each command of the project in a block, as a program does before it looks for files.

    Args:
        block: As for `shell_lines`; a command that the page shows to fail is passed over.

    Raises:
        InputError: An option is unknown, has a wrong value, or does not go with another.
    """
    for line in shell_lines(block):
        for name, *typed in () if fails(line.output) else _parsed(line.command)[0]:
            if name == "bert-keras":
                program = program_of(typed[0])
                program.config(**parse(program, typed[1:]))


def _parsed(command: str) -> tuple[list[list[str]], str | None]:
    words = shlex.shlex(command, posix=True, punctuation_chars="|>&;<")
    words.whitespace_split = True
    piped: list[list[str]] = [[]]
    target: str | None = None
    for word in words:
        if word == "|":
            piped.append([])
        elif word == ">":
            target = next(words)
        else:
            assert word not in ("&", "&&", ";", "<", "||"), f"{word} is beyond what is run here: {command}"
            piped[-1].append(word)
    return piped, target


def _run(arguments: Sequence[str], folder: Path, stdin: bytes) -> Ended:
    program, *flags = arguments
    if program == "bert-keras" and not flags[0].startswith("-"):
        return call(*flags, cwd=folder, stdin=stdin)
    assert program in (*_SYSTEM, "bert-keras"), f"{program} is none of the programs that pages may use: {_SYSTEM}"
    start = {"bert-keras": [sys.executable, "-m", "bert_keras"], "python": [sys.executable]}.get(program, [program])
    ended = subprocess.run([*start, *flags], cwd=folder, input=stdin, capture_output=True, timeout=120, check=False)
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
