"""Other vocabularies for a model: fewer tokens, or more words that are tokens of their own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bert_keras.errors import VocabularyError
from bert_keras.text.added_tokens import as_config
from bert_keras.text.tokenizer import BertTokenizer

_FEWEST = 5
"""How often a word must stand in a corpus to become a token."""


@dataclass(frozen=True)
class VocabularyChange:
    """A tokenizer with another vocabulary, and what its tokens are made of.

    Attributes:
        tokenizer: The new tokenizer.
        made_of: The ids of the tokens of the old one that each token of the new one is made of, by its id.
    """

    tokenizer: BertTokenizer
    made_of: tuple[tuple[int, ...], ...]


def only_tokens(tokenizer: BertTokenizer, used: np.ndarray) -> VocabularyChange:
    """Keeps the tokens of a corpus, and all that other texts are spelt with.

    Texts whose tokens are all kept have the same tokens as before, since of each word the longest pieces are taken.

    Args:
        tokenizer: The tokenizer.
        used: The ids of the tokens of the corpus.

    Returns:
        The change: it keeps these tokens, the special ones, those that were added, and each single character.
    """
    pieces, prefix = tokenizer.word_pieces, tokenizer.prefix
    kept = np.zeros(tokenizer.vocabulary_size(), bool)
    kept[used] = True
    kept[tokenizer.special_token_ids] = True
    kept[[token.id for token in tokenizer.added_tokens]] = True
    single = [place for place, piece in enumerate(pieces) if len(piece.removeprefix(prefix)) == 1 or len(piece) == 1]
    kept[single] = True
    chosen = np.flatnonzero(kept[: len(pieces)]).tolist()
    return _changed(tokenizer, [pieces[place] for place in chosen], [(place,) for place in chosen])


def with_words(tokenizer: BertTokenizer, words: Sequence[str]) -> VocabularyChange:
    """Adds words to a vocabulary, each made of the pieces that it has been split into.

    Args:
        tokenizer: The tokenizer.
        words: The words, as the tokenizer normalises them.

    Returns:
        The change; words that are tokens already, or of which no token is known, are left out.

    Raises:
        VocabularyError: Nothing is left.
    """
    pieces = tokenizer.word_pieces
    unknown = tokenizer.token_to_id(tokenizer.rules.unknown)
    split = zip(words, tokenizer.tokenize(list(words)).to_list(), strict=True)
    new = {word: tuple(ids) for word, ids in split if len(ids) > 1 and unknown not in ids and word not in pieces}
    if not new:
        raise VocabularyError(f"none of the words is split into pieces. Received: {list(words)!r:.80}")
    return _changed(tokenizer, [*pieces, *new], [*((place,) for place in range(len(pieces))), *new.values()])


def split_words(tokenizer: BertTokenizer, token_ids: np.ndarray, most: int) -> list[str]:
    """Finds the words of a corpus that would save most tokens if they were tokens of their own.

    Args:
        tokenizer: The tokenizer.
        token_ids: The tokens of the corpus, `[tokens]`.
        most: The largest number of words.

    Returns:
        Words that stand there at least five times and consist of several pieces, those that save most first.
    """
    continues = tokenizer.continues[token_ids]
    begins = np.flatnonzero(~continues)
    lengths = np.diff(np.append(begins, len(token_ids)))
    counts = Counter(
        tuple(token_ids[begin : begin + length].tolist())
        for begin, length in zip(begins[lengths > 1].tolist(), lengths[lengths > 1].tolist(), strict=True)
    )
    saved = {ids: count * (len(ids) - 1) for ids, count in counts.items() if count >= _FEWEST}
    best = sorted(saved, key=lambda ids: (-saved[ids], ids))[:most]
    return tokenizer.detokenize(best)


def _changed(tokenizer: BertTokenizer, pieces: list[str], made_of: list[tuple[int, ...]]) -> VocabularyChange:
    """Returns the change to other word pieces; added tokens beyond them follow in their order."""
    ids = {piece: place for place, piece in enumerate(pieces)}
    added = sorted(tokenizer.added_tokens, key=lambda token: token.id)
    for token in added:
        if token.content not in ids:
            ids[token.content] = len(made_of)
            made_of = [*made_of, (token.id,)]
    config = tokenizer.get_config()
    if added:
        config |= {"added_tokens": as_config(replace(token, id=ids[token.content]) for token in tokenizer.added_tokens)}
    new = type(tokenizer).from_config(config)
    new.set_vocabulary(pieces)
    return VocabularyChange(new, tuple(made_of))
