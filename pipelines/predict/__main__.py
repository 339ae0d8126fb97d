"""Labels texts, finds entities, answers questions or fills masks; writes a JSON object per line, in order."""

import importlib.util
import sys
from collections.abc import Iterator

from bert_keras.errors import InputError

from ..command_line.run import run
from ..command_line.text_output import STANDARD_STREAM, text_output
from ..console.consoles import errors
from .config import PROGRAM, PredictConfig


def main(config: PredictConfig) -> None:
    """Predicts the input and writes the predictions, some lines at a time."""
    if config.engine == "ray":
        if importlib.util.find_spec("ray") is None:
            raise InputError('--engine ray needs Ray, which is not installed; run: pip install "bert_keras[workers]"')
        from .corpus import predict_corpus

        return predict_corpus(config)
    from ..console.progress import counted_rows

    blocks = _blocks(config)
    waits = config.question is None and config.input == STANDARD_STREAM and sys.stdin.isatty()
    visible = not waits and config.output != STANDARD_STREAM
    with text_output(config.output) as file, counted_rows(errors, "predicting", visible=visible) as advance:
        for lines in blocks:
            file.writelines(lines)
            file.flush()
            advance(len(lines))


def _blocks(config: PredictConfig) -> Iterator[list[str]]:
    from .lines import lines_of_files, lines_of_questions, lines_of_stream

    if config.question is not None and config.context is not None:
        return lines_of_questions(config, config.question, config.context)
    if config.input == STANDARD_STREAM:
        return lines_of_stream(config, sys.stdin.buffer)
    return lines_of_files(config)


if __name__ == "__main__":
    run(PROGRAM, main)
