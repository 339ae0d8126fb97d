"""New word-piece vocabularies, learned from a corpus."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from bert_keras.errors import InputError
from bert_keras.text.piece_merges import PREFIX, PieceMerges
from bert_keras.text.vocabulary import SPECIAL_TOKENS
from bert_keras.text.word_counts import count_words
from bert_keras.text.word_rules import bert_rules

_FEWEST = 2
"""How often a character or a piece must occur to become a token."""

OnCount = Callable[[int], object]


def learn_vocabulary(
    texts: Iterable[str],
    size: int,
    *,
    lowercase: bool,
    strip_accents: bool | None = None,
    on_texts: OnCount = lambda texts: None,
    on_tokens: OnCount = lambda tokens: None,
) -> list[str]:
    """Learns a word-piece vocabulary from a corpus, the same for the same texts.

    The most frequent pair of neighbouring pieces becomes a piece until the vocabulary is full (Sennrich et al. 2016,
    section 3.2), as in the `WordPieceTrainer` of the library `tokenizers`; of equally frequent pairs the one whose
    pieces were there first. Texts are normalised and split into words by the tokenizer that will read the vocabulary,
    so that no text becomes a special token.

    Args:
        texts: The texts, each of which is read once; only their distinct words are kept in memory, a million at most.
        size: The largest number of tokens.
        lowercase: Whether the tokenizer lower-cases texts.
        strip_accents: Whether it removes accents; None means the value of `lowercase`.
        on_texts: A function that receives the number of texts read since its last call.
        on_tokens: A function that receives the number of tokens found since its last call.

    Returns:
        The tokens in the order of their ids: the special tokens, characters, characters that continue a word, and
        longer pieces, the most frequent pair first. There are fewer than `size` if no other pair occurs twice. A
        character that occurs only once is not among them.

    Raises:
        InputError: No word occurs in the texts, or `size` is too small for the special tokens and the characters.
    """
    words = count_words(texts, bert_rules(lowercase, strip_accents), on_texts)
    known = _of_known_characters(words)
    if not known:
        raise InputError("no vocabulary can be learned: no word in the texts is of characters that occur twice")
    merges = PieceMerges([*SPECIAL_TOKENS, *_characters(known)], known, _FEWEST)
    least = len(merges.tokens)
    if least > size:
        raise InputError(
            f"the special tokens and the characters of the texts are {least:,} tokens already; ask for a larger "
            f"vocabulary. Received: {size:,}"
        )
    on_tokens(least)
    while len(merges.tokens) < size and merges.step():
        on_tokens(len(merges.tokens) - least)
        least = len(merges.tokens)
    return merges.tokens


def _of_known_characters(words: Mapping[str, int]) -> dict[str, int]:
    """Returns the words that have no character that is too rare."""
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            counts[character] += count
    rare = {character for character, count in counts.items() if count < _FEWEST}
    return {word: count for word, count in words.items() if rare.isdisjoint(word)}


def _characters(words: Iterable[str]) -> list[str]:
    """Returns the pieces of one character: each begins some word yet to come, and continues one if it has done so."""
    every, others = {*"".join(words)}, {character for word in words for character in word[1:]}
    return [*sorted(every), *(PREFIX + character for character in sorted(others))]
