"""The interface of models that classify texts: in memory, or exported."""

from collections.abc import Iterable, Iterator, Sequence

from bert_keras.classification.answers import Answer
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, Row, growing_chunks


class RowClassifier:
    """Classifies texts or pairs of texts. Subclasses define how rows are checked, and how a chunk of them is run."""

    def classify(self, inputs: Sequence[Row], token_budget: int = TOKEN_BUDGET) -> list[Answer]:
        """Classifies texts.

        Args:
            inputs: Texts, or (text, pair) tuples.
            token_budget: The maximum number of tokens per batch, padding included; texts of similar length are
                batched. An exported model estimates the number of tokens from the lengths of the texts.

        Returns:
            One answer per row, in order: a `Classification`, a `MultiLabel` or a `Regression`, by the model's task.

        Raises:
            InputError: The rows are not a list of texts or of pairs, are texts for a model of pairs, are pairs for an
                export of single texts, or the model has no preprocessor.
        """
        self._check_rows(inputs)
        answers: list[Answer] = []
        for first in range(0, len(inputs), LARGEST_CHUNK):
            answers += self._classify_chunk(inputs[first : first + LARGEST_CHUNK], token_budget)
        return answers

    def classify_stream(self, rows: Iterable[Row], token_budget: int = TOKEN_BUDGET) -> Iterator[Answer]:
        """Classifies any number of rows, reading some thousands at a time and yielding the first answers early.

        Args:
            rows: Texts, or (text, pair) tuples.
            token_budget: The maximum number of tokens per batch, as in `classify`.

        Yields:
            One answer per row, in order.

        Raises:
            InputError: See `classify`.
        """
        for chunk in growing_chunks(rows):
            yield from self.classify(chunk, token_budget)

    def _check_rows(self, rows: Sequence[Row]) -> None:
        """Raises `InputError` if the model cannot classify the rows."""
        raise NotImplementedError

    def _classify_chunk(self, rows: Sequence[Row], token_budget: int) -> Iterator[Answer]:
        """Classifies a chunk of rows, in order."""
        raise NotImplementedError
