"""The interface of models that find entities in texts: in memory, or exported."""

from collections.abc import Iterable, Iterator, Sequence

from bert_keras.errors import InputError
from bert_keras.models.classify_stream import TOKEN_BUDGET, growing_chunks
from bert_keras.models.entities import Entity


class TextTagger:
    """Finds the entities of texts. Subclasses define how a chunk of texts is run."""

    def tag(self, texts: Sequence[str], token_budget: int = TOKEN_BUDGET) -> list[tuple[Entity, ...]]:
        """Finds the entities of texts of any length.

        Args:
            texts: The texts.
            token_budget: The maximum number of tokens per batch, padding included; windows of similar length are
                batched. An exported model estimates the number of tokens from the lengths of the texts.

        Returns:
            The entities of each text, in the order of the text; none overlaps another.

        Raises:
            InputError: The texts are no list of texts, or the model has no preprocessor.
        """
        if isinstance(texts, str) or not isinstance(texts, Sequence):
            raise InputError(f"expected a list of texts. Received: {texts!r:.60}")
        return list(self.tag_stream(texts, token_budget))

    def tag_stream(self, texts: Iterable[str], token_budget: int = TOKEN_BUDGET) -> Iterator[tuple[Entity, ...]]:
        """Finds the entities of any number of texts, reading them as needed and yielding the first results early.

        Args:
            texts: The texts.
            token_budget: The maximum number of tokens per batch, as in `tag`.

        Yields:
            The entities of each text, in order.

        Raises:
            InputError: An item is no text, or the model has no preprocessor.
        """
        self._check_can_tag()
        for chunk in growing_chunks(texts):
            wrong = next((text for text in chunk if not isinstance(text, str)), None)
            if wrong is not None:
                raise InputError(f"expected a list of texts. Received in it: {wrong!r:.60}")
            yield from self._tag_chunk(chunk, token_budget)

    def _check_can_tag(self) -> None:
        """Raises `InputError` if the model takes no strings."""

    def _tag_chunk(self, texts: Sequence[str], token_budget: int) -> Iterator[tuple[Entity, ...]]:
        """Finds the entities of a chunk of texts, in order."""
        raise NotImplementedError
