"""Rows of two texts each, for a masked language model that also learns whether texts belong together."""

import dataclasses
import hashlib
from dataclasses import dataclass

import numpy as np

from bert_keras.data.encoded import Batch
from bert_keras.data.masked.document_tokens import DocumentTokens
from bert_keras.data.masked.masked_rows import masking_of
from bert_keras.data.masked.masking import NOT_MASKED, MaskedUnit, Masking
from bert_keras.data.masked.shared_rows import cut_documents
from bert_keras.errors import DataError, InputError
from bert_keras.text import BertTokenizer, PairKind

_SPECIAL = 3  # tokens of a row beside the texts: [CLS] and twice [SEP]
_ENDS_SENTENCE = {*".!?…。！？؟।"}
_BELONGS_BEFORE = _ENDS_SENTENCE | {*")]}”’»」』）"}  # which no sentence begins with


@dataclass(frozen=True)
class PairRows:
    """Rows of a first and a second text, `[CLS] first [SEP] second [SEP]`, drawn anew in each epoch with their masks.

    A row is a part of a document, cut in two behind a sentence, or between two words where there is no end of one. In
    half of the rows both texts are left as they are. In the others the second is replaced by one of another document
    (Devlin et al. 2019, section 3.1), or both are swapped (Lan et al. 2020, section 3.1). A second text that follows is
    cut to the length of one that could have replaced it, both before their ends: otherwise the length of a row, or a
    full stop at its end, would tell the one from the other.

    Attributes:
        name: The display name of the source.
        fingerprint: A hash of everything that determines the rows, their pairs and masks.
        documents: The documents.
        kind: What is learned of the pairs.
        token_ids: The token ids of all parts of documents, without special tokens, `[tokens]` uint16 or int32.
        firsts: The index of each part's first token, `[rows]`.
        begins: The sum of the lengths of the rows before each row, `[rows]`.
        lengths: The largest number of tokens of each row, `[rows]`; a second text that is cut leaves fewer.
        of_rows: The document of each row, `[rows]`, ascending.
        too_short: The number of parts of documents that were left out, since they have only one word.
        masking: The way of masking.
        ends: Whether each token ends a sentence, by token id, `[vocabulary]` bool.
        begins_none: Whether no sentence begins with each token, such as the further stops of "...", likewise.
        marks: The ids of `[CLS]` and `[SEP]`.
        draw: What pairs and masks are drawn by, beside the number of the row.
    """

    name: str
    fingerprint: str
    documents: DocumentTokens
    kind: PairKind
    token_ids: np.ndarray
    firsts: np.ndarray
    begins: np.ndarray
    lengths: np.ndarray
    of_rows: np.ndarray
    too_short: int
    masking: Masking
    ends: np.ndarray
    begins_none: np.ndarray
    marks: tuple[int, int]
    draw: tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns some rows as a batch.

        Args:
            rows: The row indices, `[batch]`.

        Returns:
            The inputs `token_ids` with masks, `segment_ids`, `padding_mask`, `positions` and `masked`, each `[batch,
            tokens]` int32, and `pairs` `[batch, 1]` int32, 0 for texts as they stood in a document and 1 for others;
            and the targets of the masks `[batch, tokens]` int32, `NOT_MASKED` where nothing is to be predicted.
        """
        shape = len(rows), int(self.lengths[rows].max())
        ids, segments, positions, padding = (np.zeros(shape, np.int32) for _ in range(4))
        targets, pairs = np.full(shape, NOT_MASKED, np.int32), np.zeros((len(rows), 1), np.int32)
        cls, sep = self.marks
        for place, row in enumerate(np.asarray(rows).tolist()):
            random = np.random.default_rng([*self.draw, row])
            first, second, pairs[place, 0] = self._pair(row, random)
            tokens = np.concatenate([[cls], first, [sep], second, [sep]])
            length = len(tokens)
            ids[place, :length], targets[place, :length] = self.masking(tokens, random)
            segments[place, len(first) + 2 : length] = 1
            positions[place, :length] = np.arange(length)
            padding[place, :length] = 1
        inputs = {"token_ids": ids, "segment_ids": segments, "padding_mask": padding, "positions": positions}
        return inputs | {"masked": (targets != NOT_MASKED).astype(np.int32), "pairs": pairs}, targets

    def in_epoch(self, seed: int, epoch: int) -> "PairRows":
        """Returns the rows with the pairs and masks of an epoch; see `MaskedRows.in_epoch`."""
        return dataclasses.replace(self, draw=(seed, epoch + 1))

    def documents_of_tokens(self) -> np.ndarray:
        """Returns the document that each token of all rows is counted to, `[tokens]`: that of the first text."""
        return np.repeat(self.of_rows, self.lengths)

    def _pair(self, row: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
        cuts = self._cuts(row)
        first, second = np.split(self._tokens(row), [int(random.choice(cuts))])
        other = random.random() < 0.5
        if self.kind == "sentence_order":
            return (second, first, 1) if other else (first, second, 0)
        another = self._of_another(row, len(second), random)
        length = self._common_length(second, another)
        return first, (another if other else second)[:length], int(other)

    def _tokens(self, row: int) -> np.ndarray:
        begin = int(self.firsts[row])
        return self.token_ids[begin : begin + int(self.lengths[row]) - _SPECIAL]

    def _cuts(self, row: int) -> np.ndarray:
        """Returns where a row may be cut: behind a sentence, or else between two words."""
        tokens = self._tokens(row)
        words = 1 + np.flatnonzero(~self.masking.continues[tokens[1:]])
        sentences: np.ndarray = words[self.ends[tokens[words - 1]] & ~self.begins_none[tokens[words]]]
        return sentences if len(sentences) else words

    def _of_another(self, row: int, wanted: int, random: np.random.Generator) -> np.ndarray:
        """Returns the end of a row of another document, of so many tokens or more if that row has an end as long."""
        low, high = np.searchsorted(self.of_rows, self.of_rows[row] + np.array([0, 1]))
        drawn = int(random.integers(len(self) - (high - low)))
        drawn = drawn if drawn < low else drawn + int(high - low)
        tokens, cuts = self._tokens(drawn), self._cuts(drawn)
        long = cuts[len(tokens) - cuts >= wanted]
        return tokens[int(random.choice(long)) if len(long) else int(cuts[0]) :]

    def _common_length(self, one: np.ndarray, other: np.ndarray) -> int:
        """Returns how many tokens are kept of both: to the last place where both have a word behind no full stop."""
        shorter = min(len(one), len(other))
        parted = np.ones(max(0, shorter - 1), bool)
        for tokens in (one, other):
            parted &= ~self.masking.continues[tokens[1:shorter]] & ~self.ends[tokens[: shorter - 1]]
        places = 1 + np.flatnonzero(parted)
        return int(places[-1]) if len(places) else shorter


def pair_rows(
    documents: DocumentTokens,
    tokenizer: BertTokenizer,
    width: int,
    kind: PairKind,
    share: float = 0.15,
    unit: MaskedUnit = "word",
) -> PairRows:
    """Cuts documents into rows of two texts.

    Args:
        documents: The documents.
        tokenizer: The tokenizer that made their tokens.
        width: The largest number of tokens of a row, special tokens included.
        kind: What is to be learned of the pairs.
        share: The share of the tokens to predict.
        unit: What is masked as a whole.

    Returns:
        The rows, whose pairs and masks are always the same until `in_epoch` draws others.

    Raises:
        DataError: No document has two words, or, for next sentences, only one has.
        InputError: The width is too small for two texts.
    """
    if width < _SPECIAL + 2:
        raise InputError(f"a row of two texts has at least {_SPECIAL + 2} tokens. Received: max_length {width}")
    continues = tokenizer.continues
    begins_word = ~continues[documents.token_ids]
    of_rows, firsts, sizes = cut_documents(documents.begins, documents.lengths, begins_word, width - _SPECIAL)
    inner = np.append(0, np.cumsum(begins_word))
    several = inner[firsts + sizes] > inner[firsts + 1]  # a word begins behind the first token
    too_short = int((~several).sum())
    of_rows, firsts, sizes = of_rows[several], firsts[several], sizes[several]
    needed = 2 if kind == "next_sentence" else 1
    if len(np.unique(of_rows)) < needed:
        raise DataError(
            f"{documents.name}: pairs are made of at least {needed} documents with two words or more. Received: "
            f"{len(np.unique(of_rows))}; add texts, or cut them with --documents paragraph"
        )
    begins = np.cumsum(sizes) - sizes
    places = np.repeat(firsts - begins, sizes) + np.arange(int(sizes.sum()))
    ids, lengths = documents.token_ids[places], sizes + _SPECIAL
    known = tokenizer.get_vocabulary()
    ends, begins_none = (np.array([token in of for token in known]) for of in (_ENDS_SENTENCE, _BELONGS_BEFORE))
    digest = hashlib.blake2b(f"{kind} {unit} {share} {width} {tokenizer.fingerprint}".encode(), digest_size=16)
    for part in (ids, lengths, of_rows):
        digest.update(part.tobytes())
    return PairRows(
        name=documents.name,
        fingerprint=digest.hexdigest(),
        documents=documents,
        kind=kind,
        token_ids=ids,
        firsts=begins,
        begins=np.cumsum(lengths) - lengths,
        lengths=lengths,
        of_rows=of_rows,
        too_short=too_short,
        masking=masking_of(tokenizer, share, unit),
        ends=ends,
        begins_none=begins_none,
        marks=(tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")),
    )
