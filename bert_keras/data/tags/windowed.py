"""Tokenization of texts with entities to windows, with the tag of each word."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.stored_targets import TagTargets
from bert_keras.data.tags.marked_text import MarkedText
from bert_keras.data.tags.source import TagSource
from bert_keras.qa.decoding import best_windows
from bert_keras.tagging.alignment import Span, align
from bert_keras.tagging.metrics import WordSpan
from bert_keras.tagging.scheme import TagScheme
from bert_keras.text import Windows

_TOGETHER = 1024  # texts per block


class Words(NamedTuple):
    """The words of texts, concatenated; all `[words]`.

    Attributes:
        firsts: The index of each word's first token among the tokens of all texts.
        texts: The index of each word's text.
        starts: The index of each word's first code point in its text.
        ends: The index after its last code point.
    """

    firsts: np.ndarray
    texts: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


@dataclass(frozen=True)
class WindowedTexts:
    """The tokenized windows of texts with entities.

    Attributes:
        source: The source of the texts.
        scheme: The meaning of the tags.
        rows: The rows of token ids of the windows; the targets are the tags of words, each in the window with the most
            context around it.
        windows: The parts of the texts in the windows, as NumPy arrays.
        words: The words of the texts.
        gold: The entities of each text as words, none of which overlaps another.
        tags: The index of the tag of each word, `[words]` int32.
        widened: The spans that begin or end within a word and were widened to it, with the texts that they are in.
        overlapping: The spans that are left out, because they overlap a longer one.
        wordless: The spans that are left out, because there is no word in them.
    """

    source: TagSource
    scheme: TagScheme
    rows: Encoded
    windows: Windows
    words: Words
    gold: list[tuple[WordSpan, ...]]
    tags: np.ndarray
    widened: list[tuple[MarkedText, Span]]
    overlapping: list[tuple[MarkedText, Span]]
    wordless: list[tuple[MarkedText, Span]]

    def __len__(self) -> int:
        return len(self.gold)

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the windows and their tags."""
        return self.rows.fingerprint

    def word_edges(self) -> np.ndarray:
        """Returns the index of each text's first word, and of the end, `[texts + 1]`."""
        return np.searchsorted(self.words.texts, np.arange(len(self) + 1))


def encode_marked_texts(
    source: TagSource,
    scheme: TagScheme,
    preprocessor: Any,
    on_texts: Callable[[int], object] = lambda count: None,
) -> WindowedTexts:
    """Tokenizes texts, divides them into windows, and finds the words of their entities.

    Args:
        source: The source of the texts.
        scheme: The meaning of the model's tags, which know all types of entities of the source.
        preprocessor: A `TokenClassifierPreprocessor`, whose ops are the same in training and serving.
        on_texts: A callback for progress, called after each block with the number of texts in it.

    Returns:
        The windows.

    Raises:
        DataError: The source has a type of entity that the tags do not know.
    """
    source.check_labels(scheme.types)
    blocks = []
    for first in range(0, len(source.texts), _TOGETHER):
        block = source.texts[first : first + _TOGETHER]
        blocks.append(_block([text.text for text in block], preprocessor, first))
        on_texts(len(block))
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    tokens_before = np.cumsum([0, *(block["tokens"].sum() for block in blocks)])[:-1]
    firsts = np.concatenate([block["firsts"] + at for block, at in zip(blocks, tokens_before, strict=True)])
    words = Words(firsts, joined["texts"], joined["starts"], joined["ends"])
    windows = Windows(joined["documents"], joined["begins"], joined["held"], joined["places"])
    lengths = joined["lengths"]
    entities = _Entities(source, scheme, words)
    rows = Encoded(
        name=source.name,
        files=source.files,
        task="tags",
        fingerprint=_hash(source.fingerprint, preprocessor.fingerprint, scheme.tags),
        rows_read=source.rows_read,
        left_out=source.left_out,
        token_ids=joined["token_ids"],
        begins=np.cumsum(lengths) - lengths,
        lengths=lengths,
        first_lengths=lengths,
        hashes=np.zeros(len(lengths), np.uint64),
        lines=windows.documents,
        first_of_files=(0,),
        stored_targets=TagTargets(
            _targets(windows, lengths, joined["tokens"], words, entities.tags), np.cumsum(lengths)
        ),
    )
    return WindowedTexts(
        source,
        scheme,
        rows,
        windows,
        words,
        entities.gold,
        entities.tags,
        entities.widened,
        entities.overlapping,
        entities.wordless,
    )


class _Entities:
    """The entities of all texts as words and as tags."""

    def __init__(self, source: TagSource, scheme: TagScheme, words: Words) -> None:
        self.widened: list[tuple[MarkedText, Span]] = []
        self.overlapping: list[tuple[MarkedText, Span]] = []
        self.wordless: list[tuple[MarkedText, Span]] = []
        self.gold: list[tuple[WordSpan, ...]] = []
        edges = np.searchsorted(words.texts, np.arange(len(source.texts) + 1))
        tags = []
        for place, text in enumerate(source.texts):
            here = slice(edges[place], edges[place + 1])
            spans = list(self._aligned(text, words.starts[here], words.ends[here]))
            self.gold.append(tuple(spans))
            numbered = [(span.first, span.last, scheme.types.index(span.label)) for span in spans]
            tags.append(scheme.encode(edges[place + 1] - edges[place], numbered))
        self.tags = np.concatenate([*tags, np.zeros(0, np.int32)])

    def _aligned(self, text: MarkedText, starts: np.ndarray, ends: np.ndarray) -> Iterator[WordSpan]:
        found = align(text.spans, starts, ends)
        for name in ("widened", "overlapping", "wordless"):
            getattr(self, name).extend((text, text.spans[at]) for at in getattr(found, name))
        for first, last, at in found.words:
            yield WordSpan(first, last, text.spans[at].label)


def _block(texts: Sequence[str], preprocessor: Any, before: int) -> dict[str, np.ndarray]:
    """Returns the arrays of a block of texts, which `before` texts precede."""
    worded = preprocessor.worded(texts)
    packed = preprocessor.pack(worded.tokens, worded.windows)
    windows = Windows(*(values.numpy() for values in worded.windows))
    narrow = np.uint16 if preprocessor.tokenizer.vocabulary_size() <= 2**16 else np.int32
    return {
        "token_ids": packed.token_ids.flat_values.numpy().astype(narrow),
        "lengths": packed.token_ids.row_lengths().numpy(),
        "documents": windows.documents + before,
        "begins": windows.begins,
        "held": windows.lengths,
        "places": windows.places,
        "tokens": worded.tokens.row_lengths().numpy(),
        "firsts": worded.firsts.numpy(),
        "texts": worded.texts.numpy() + before,
        "starts": worded.starts.numpy(),
        "ends": worded.ends.numpy(),
    }


def _targets(windows: Windows, lengths: np.ndarray, tokens: np.ndarray, words: Words, tags: np.ndarray) -> np.ndarray:
    """Returns the tags of the tokens of all rows, `[tokens of rows]`; see `TagTargets`."""
    of_tokens = np.full(tokens.sum(), -1, np.int32)
    of_tokens[words.firsts] = tags
    row, offset = np.nonzero(best_windows(windows.documents, windows.begins, windows.lengths))
    at = (np.cumsum(tokens) - tokens)[windows.documents[row]] + windows.begins[row] + offset
    targets = np.full(lengths.sum(), -1, np.int32)
    targets[(np.cumsum(lengths) - lengths)[row] + windows.places[row] + offset] = of_tokens[at]
    return targets


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
