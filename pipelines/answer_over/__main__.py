"""Answers questions over many documents, and shows where each answer stands."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bert_keras.files import replaced_file
from bert_keras.runtime.tensorflow_import import import_tensorflow

from ..command_line.run import run
from .asked import asked_in, is_conversation
from .config import PROGRAM, STANDARD_STREAM, AnswerOverConfig
from .preparing import check_documents, prepared_index


def main(config: AnswerOverConfig) -> None:
    """Brings the index up to date, and answers the questions as they come."""
    asked = asked_in(config)
    check_documents(config)
    import_tensorflow()
    from bert_keras import retrieval

    from .reading import reader_of
    from .shown import answer_lines, json_line, show

    answerer = retrieval.DocumentAnswerer(
        prepared_index(config),
        reader_of(config),
        paragraphs=config.paragraphs,
        by=config.retrieve,
        null_threshold=config.null_threshold,
        candidates=config.candidates,
    )
    with _output(config) as file:
        for questions in asked:
            answers = answerer.answer_stream([one.question for one in questions])
            for one, answer in zip(questions, answers, strict=True):
                if file is None:
                    show(answer_lines(answer, asked_aloud=is_conversation(config)))
                else:
                    file.write(json_line(answer, one.id))
                    file.flush()


@contextlib.contextmanager
def _output(config: AnswerOverConfig) -> Iterator[IO[str] | None]:
    """Opens what JSON lines are written to; `None` if the answers are shown instead."""
    if config.output is None:
        yield None
    elif config.output == STANDARD_STREAM:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        yield sys.stdout
    elif Path(config.output).exists() and not Path(config.output).is_file():
        with Path(config.output).open("w", encoding="utf-8") as device:  # a device or pipe must not be replaced
            yield device
    else:
        with replaced_file(config.output) as aside, aside.open("w", encoding="utf-8", newline="\n") as file:
            yield file


if __name__ == "__main__":
    run(PROGRAM, main)
