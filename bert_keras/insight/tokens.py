"""The tokens of one row, with their offsets in the texts and the words that they belong to."""

from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models import BertTask
from bert_keras.text import BertTokenizer

SPECIAL = -1  # the index of a special token's text and word


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a row, including special tokens, without padding.

    Attributes:
        pieces: The tokens as written in the vocabulary: "[CLS]", "play", "##ing".
        ids: The token ids, `[tokens]` int32.
        segment_ids: The segment ids, `[tokens]` int32.
        texts: The index of the text that each token is from, `[tokens]` int32: 0 the first, 1 the second, -1 for
            special tokens.
        starts: The first code point of each token in its text, `[tokens]` int64; 0 for special tokens.
        ends: The end of each token in code points, exclusive, `[tokens]` int64; 0 for special tokens.
        words: The number of the word that each token belongs to, from 0 over both texts, `[tokens]` int32; -1 for
            special tokens. A piece that starts with the tokenizer's prefix, "##", continues a word.
        first: The first text.
        second: The second text; `None` for a single text.
        reads: The places of the tokens whose outputs are looked at, for a model that has outputs for each token; empty
            for all of them, and for other models.
    """

    pieces: tuple[str, ...]
    ids: np.ndarray
    segment_ids: np.ndarray
    texts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    words: np.ndarray
    first: str
    second: str | None
    reads: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def special(self) -> np.ndarray:
        """Whether each token is special, `[tokens]` bool."""
        return self.texts == SPECIAL

    def inputs(self) -> dict[str, tf.Tensor]:
        """Returns the inputs of a backbone, a batch of one row."""
        columns = {"token_ids": self.ids, "segment_ids": self.segment_ids, "padding_mask": np.ones_like(self.ids)}
        if self.reads:
            columns["reads"] = np.array(self.reads)
        return {name: tf.constant(values[np.newaxis], tf.int32) for name, values in columns.items()}

    def reading(self, reads: tuple[int, ...]) -> "Tokens":
        """Returns the same tokens, of which the outputs at some places are looked at."""
        return replace(self, reads=reads)


@dataclass(frozen=True, slots=True)
class TextTokens:
    """The tokens of one text: token ids, first code points and exclusive ends, each `[tokens]`."""

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def part(self, begin: int, count: int) -> "TextTokens":
        """Returns `count` tokens from index `begin` on."""
        return TextTokens(*(values[begin : begin + count] for values in (self.ids, self.starts, self.ends)))


def tokens_of(model: BertTask, text: str, pair: str | None = None) -> Tokens:
    """Tokenizes a text or a pair as a classifier's preprocessor does, with the same truncation.

    Args:
        model: A `TextClassifier` with a preprocessor.
        text: The text.
        pair: The second text; `None` for a single text.

    Returns:
        The tokens of the row.

    Raises:
        InputError: There is no text, the model reads pairs and got a single text or the reverse, or it has no
            preprocessor.
    """
    check_texts(model, text, pair)
    wants_pair = getattr(model, "pairs", False)
    if wants_pair and pair is None:
        raise InputError(f"the model reads pairs of texts; give the second text as well. Received: {text!r:.60} alone")
    texts = [text] if pair is None else [text, pair]
    packed = model.preprocessor.pack(tuple([one] for one in texts) if pair is not None else texts)
    segments = packed.segment_ids.flat_values.numpy()
    parts = []
    for number, one in enumerate(text_tokens(model.preprocessor.tokenizer, texts)):
        around = 2 if number == 0 else 1  # [CLS] and [SEP]; the second text only has [SEP]
        parts.append(one.part(0, int((segments == number).sum()) - around))
    return row_of(model.preprocessor.tokenizer, parts, text, pair)


def check_texts(model: BertTask, text: str, pair: str | None) -> None:
    """Checks that the texts are strings and that the model has a preprocessor.

    Raises:
        InputError: The text is missing, a text is no string, or the model has no preprocessor.
    """
    if model.preprocessor is None:
        raise InputError("the model has no preprocessor to tokenize texts")
    for one in (text, pair):
        if one is not None and not isinstance(one, str):
            raise InputError(f"expected a text. Received: {one!r:.60}")
    if text is None:
        raise InputError("expected a text. Received: None")


def text_tokens(tokenizer: BertTokenizer, texts: list[str]) -> list[TextTokens]:
    """Tokenizes texts, with offsets."""
    columns = [ragged.numpy() if ragged.nrows() else [] for ragged in tokenizer.tokenize_with_offsets(texts)]
    return [TextTokens(*(np.asarray(values) for values in row)) for row in zip(*columns, strict=True)]


def row_of(tokenizer: BertTokenizer, parts: list[TextTokens], first: str, second: str | None) -> Tokens:
    """Returns the row of one or two tokenized texts, with `[CLS]` and `[SEP]` added."""
    cls, sep = (np.array([tokenizer.token_to_id(token)]) for token in ("[CLS]", "[SEP]"))
    zero = np.zeros(1, np.int64)
    ids, starts, ends, texts, segments = [cls], [zero], [zero], [zero + SPECIAL], [zero]
    for number, part in enumerate(parts):
        ids += [part.ids, sep]
        starts += [part.starts, zero]
        ends += [part.ends, zero]
        texts += [np.full(len(part.ids), number), zero + SPECIAL]
        segments += [np.full(len(part.ids) + 1, number)]
    all_ids, all_texts = np.concatenate(ids).astype(np.int32), np.concatenate(texts).astype(np.int32)
    pieces = tuple(tokenizer.id_to_token(place) for place in all_ids.tolist())
    return Tokens(
        pieces=pieces,
        ids=all_ids,
        segment_ids=np.concatenate(segments).astype(np.int32),
        texts=all_texts,
        starts=np.concatenate(starts).astype(np.int64),
        ends=np.concatenate(ends).astype(np.int64),
        words=_words(tokenizer.continues[all_ids], all_texts),
        first=first,
        second=second,
    )


def _words(continues: np.ndarray, texts: np.ndarray) -> np.ndarray:
    # The first piece of a window begins a word here, even if its word begins before the window.
    follows = np.concatenate([[False], texts[1:] == texts[:-1]])
    begins = (texts != SPECIAL) & ~(follows & continues)
    return np.where(texts == SPECIAL, SPECIAL, np.cumsum(begins) - 1).astype(np.int32)
