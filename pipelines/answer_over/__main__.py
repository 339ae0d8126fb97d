"""Answers questions over many documents, and shows where each answer stands."""

import contextlib
from collections.abc import Callable

from bert_keras.runtime.tensorflow_import import import_tensorflow

from ..command_line.run import run
from ..command_line.text_output import STANDARD_STREAM, text_output
from ..console.consoles import errors
from .asked import asked_in, is_conversation
from .config import PROGRAM, AnswerOverConfig
from .preparing import check_documents, prepared_index


def main(config: AnswerOverConfig) -> None:
    """Brings the index up to date, and answers the questions as they come."""
    asked = asked_in(config)
    check_documents(config)
    import_tensorflow()
    from bert_keras import retrieval

    from .reading import reader_of
    from .shown import answer_lines, json_line, show

    reader = reader_of(config)  # first, since a mistake in its name should not wait for the index
    answerer = retrieval.DocumentAnswerer(
        prepared_index(config),
        reader,
        paragraphs=config.paragraphs,
        by=config.retrieve,
        null_threshold=config.null_threshold,
        candidates=config.candidates,
    )
    output = contextlib.nullcontext() if config.output is None else text_output(config.output)
    with output as file, _progress(config) as advance:
        for questions in asked:
            answers = answerer.answer_stream([one.question for one in questions])
            for one, answer in zip(questions, answers, strict=True):
                if file is None:
                    show(answer_lines(answer, asked_aloud=is_conversation(config)))
                else:
                    file.write(json_line(answer, one.id))
                    file.flush()
                advance(1)


def _progress(config: AnswerOverConfig) -> contextlib.AbstractContextManager[Callable[[int], object]]:
    from ..console.progress import counted_rows

    if config.output in (None, STANDARD_STREAM):  # a bar would be drawn over the answers, and over what is typed
        return contextlib.nullcontext(lambda count: None)
    return counted_rows(errors, "answering")


if __name__ == "__main__":
    run(PROGRAM, main)
