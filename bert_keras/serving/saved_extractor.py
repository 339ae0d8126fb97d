"""An exported span extractor, run in Python with the results that a server returns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bert_keras.errors import ExportError
from bert_keras.models import SpanAnswer
from bert_keras.models.question_answerer import QuestionAnswerer
from bert_keras.models.span_answers import ContextSentences, chosen_answer
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths
from bert_keras.serving.span_signatures import INPUTS, OUTPUTS
from bert_keras.text import MOST_ROWS, passes_by_length


class SavedExtractor(QuestionAnswerer, LoadedExport):
    """A SavedModel of a span extractor that `export` wrote.

    Args:
        folder: The folder of a version.

    Attributes:
        inputs: The names of the inputs: `question` and `context`.
        outputs: The names of the outputs, sorted.

    Raises:
        ExportError: The folder holds no export of a span extractor.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.inputs != list(INPUTS) or self.outputs != list(OUTPUTS):
            raise ExportError(
                f"{folder}: not the export of a span extractor. Received: inputs {self.inputs}, outputs {self.outputs}"
            )

    def _answer_chunk(self, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
        passes = passes_by_length(guessed_lengths(documents), token_budget, MOST_ROWS)
        found = made_ahead(lambda places: self._answers([documents[place] for place in places]), passes, lanes())
        answers = {
            place: answer
            for places, part in zip(passes, found, strict=True)
            for place, answer in zip(places, part, strict=True)
        }
        yield from (answers[place] for place in range(len(documents)))

    def _answers(self, documents: Sequence[tuple[str, str]]) -> list[SpanAnswer]:
        """Runs one request."""
        questions, contexts = (list(column) for column in zip(*documents, strict=True))
        return list(span_answers(self._request(questions, contexts), contexts))


def span_answers(outputs: dict[str, np.ndarray], contexts: Sequence[str]) -> Iterator[SpanAnswer]:
    """Converts the outputs of a request to answers.

    Args:
        outputs: The arrays, by output name.
        contexts: The context of each question.

    Yields:
        One answer per question, in order.
    """
    rows = {name: values.tolist() for name, values in outputs.items()}
    of_contexts = ContextSentences()
    for row, context in enumerate(contexts):
        spans = zip(rows["starts"][row], rows["ends"][row], rows["scores"][row], strict=True)
        # A span has at least one code point; an end of 0 means that there is no further span.
        n_best = tuple(of_contexts.candidate(context, *span) for span in spans if span[1])
        yield chosen_answer(n_best, not rows["end"][row], rows["score"][row], rows["null_odds"][row])
