"""The interface of models that fill masks: in memory, or exported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bert_keras.errors import InputError
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET
from bert_keras.text.masked_texts import MASK


@dataclass(frozen=True, slots=True)
class MaskedToken:
    """A candidate for a mask.

    Attributes:
        token: The token, as written in the vocabulary: "##" begins the rest of a word.
        token_id: Its id.
        probability: Its probability among all tokens.
    """

    token: str
    token_id: int
    probability: float


@dataclass(frozen=True, slots=True)
class FilledMask:
    """A mask of a text.

    Attributes:
        start: The index of the code point at which "[MASK]" begins in the text.
        candidates: Its candidates, the most probable first; empty if the mask is behind what the model reads.
    """

    start: int
    candidates: tuple[MaskedToken, ...]


class MaskFiller:
    """Predicts the tokens of masks. Subclasses define how a chunk of texts is run."""

    def fill(self, text: str, top: int = 5) -> list[list[MaskedToken]]:
        """Predicts the masked tokens of a text.

        Here, and nowhere else, the characters "[MASK]" in a text stand for the mask token.

        Args:
            text: The text, with one or more "[MASK]".
            top: The number of candidates for each mask.

        Returns:
            For each mask, in the order of the text, its candidates, the most probable first.

        Raises:
            InputError: See `fill_texts`.
        """
        return [list(mask.candidates) for mask in self.fill_texts([text], top)[0]]

    def fill_texts(
        self, texts: Sequence[str], top: int = 5, token_budget: int = TOKEN_BUDGET, *, first: int = 1
    ) -> list[list[FilledMask]]:
        """Predicts the masked tokens of texts; see `fill`.

        Args:
            texts: The texts, each with one or more "[MASK]".
            top: The number of candidates for each mask.
            token_budget: The maximum number of tokens per batch, padding included; texts of similar length are batched.
            first: The number of the first text, for messages.

        Returns:
            The masks of each text, in order.

        Raises:
            InputError: The texts are not a list of strings, one has no mask or has it behind the tokens that the model
                reads, `top` is below 1, or the model has no preprocessor.
        """
        self._check_fill(top)
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected a list of texts. Received: {texts!r:.60}")
        for number, text in enumerate(texts, first):
            if MASK not in text:
                raise InputError(f"text {number}: a text to fill holds {MASK}. Received: {text!r:.60}")
        found: list[list[FilledMask]] = []
        for begin in range(0, len(texts), LARGEST_CHUNK):
            found += self._fill_chunk(texts[begin : begin + LARGEST_CHUNK], top, token_budget)
        for number, (text, masks) in enumerate(zip(texts, found, strict=True), first):
            unread = next((mask.start for mask in masks if not mask.candidates), None)
            if unread is not None:
                raise InputError(
                    f"text {number}: the {MASK} at character {unread} stands behind the tokens that the model reads; "
                    f"shorten the text before it. Received: {text!r:.60}"
                )
        return found

    def _check_fill(self, top: int) -> None:
        """Raises `InputError` if the model cannot give so many candidates."""
        if top < 1:
            raise InputError(f"top must be 1 or above. Received: {top}")

    def _fill_chunk(self, texts: Sequence[str], top: int, token_budget: int) -> Iterator[list[FilledMask]]:
        """Yields the masks of each of some texts, in order."""
        raise NotImplementedError
