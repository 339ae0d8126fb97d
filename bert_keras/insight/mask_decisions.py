"""The tokens of a text with masks, and what a masked language model decides at each of them."""

from collections.abc import Sequence

import numpy as np

from bert_keras.errors import InputError, LabelError
from bert_keras.insight.decision import Decision
from bert_keras.insight.tokens import TextTokens, Tokens, row_of, text_tokens
from bert_keras.models import MaskedLM
from bert_keras.text.masked_texts import MASK

_CANDIDATES = 10
_AROUND = 2  # [CLS] and [SEP]


def masked_tokens(model: MaskedLM, text: str) -> Tokens:
    """Tokenizes a text in which "[MASK]" stands for the mask token, as `MaskedLM.fill` does.

    Args:
        model: A masked language model with a preprocessor.
        text: The text.

    Returns:
        The tokens of the row.

    Raises:
        InputError: The text has no mask, or one behind the tokens that the model reads.
    """
    if MASK not in text:
        raise InputError(f"a text to fill holds {MASK}. Received: {text!r:.60}")
    tokenizer = model.preprocessor.tokenizer
    begin, found = 0, []
    parts = text.split(MASK)
    mask = np.array([tokenizer.token_to_id(MASK)])
    for number, (part, tokens) in enumerate(zip(parts, text_tokens(tokenizer, parts), strict=True)):
        found.append(TextTokens(tokens.ids, tokens.starts + begin, tokens.ends + begin))
        begin += len(part)
        if number < len(parts) - 1:
            found.append(TextTokens(mask, np.array([begin]), np.array([begin + len(MASK)])))
            begin += len(MASK)
    whole = TextTokens(*(np.concatenate([getattr(part, name) for part in found]) for name in ("ids", "starts", "ends")))
    read = whole.part(0, model.preprocessor.max_length - _AROUND)
    unread = np.flatnonzero(whole.ids[len(read.ids) :] == mask)
    if len(unread):
        raise InputError(
            f"the {MASK} at character {whole.starts[len(read.ids) + unread[0]]} stands behind the tokens that the "
            f"model reads; shorten the text before it. Received: {text!r:.60}"
        )
    return row_of(tokenizer, [read], text, None)


def token_of(model: MaskedLM, word: str) -> str:
    """Returns the token of the vocabulary that a word is, such as "ship" for "Ship" where all are in lower case.

    Args:
        model: The model.
        word: A word, or a token as the vocabulary writes it.

    Raises:
        LabelError: It is read as several tokens, or as one that is not known.
    """
    tokenizer = model.preprocessor.tokenizer
    if word in set(tokenizer.get_vocabulary()):
        return word
    (found,) = text_tokens(tokenizer, [word])
    pieces = [tokenizer.id_to_token(place) for place in found.ids.tolist()]
    if len(pieces) != 1 or pieces[0] in tokenizer.special_tokens:
        read = " ".join(pieces) or "no token"
        raise LabelError(f"a mask stands for one token of the vocabulary. Received: {word!r}, which is read as {read}")
    return str(pieces[0])


def mask_decisions(
    model: MaskedLM, tokens: Tokens, logits: np.ndarray, wanted: Sequence[str] = ()
) -> tuple[Decision, ...]:
    """Returns what is decided at each mask of a row.

    Args:
        model: The model.
        tokens: The tokens of the row; see `masked_tokens`.
        logits: The logits of all tokens, `[tokens, vocabulary]`.
        wanted: Tokens, or words that are one, to list beside the ten most probable ones.

    Returns:
        The decisions, in the order of the text.

    Raises:
        LabelError: A wanted word is no token.
    """
    tokenizer = model.preprocessor.tokenizer
    more = [tokenizer.token_to_id(token_of(model, name)) for name in wanted]
    places = np.flatnonzero(~tokens.special & (tokens.ids == tokenizer.token_to_id(MASK))).tolist()
    titles = [f"mask {number}" for number in range(1, len(places) + 1)] if len(places) > 1 else ["the mask"]
    return tuple(
        _decision(model, tokens, logits[place], place, title, more) for place, title in zip(places, titles, strict=True)
    )


def _decision(
    model: MaskedLM, tokens: Tokens, logits: np.ndarray, place: int, title: str, more: Sequence[int]
) -> Decision:
    tokenizer = model.preprocessor.tokenizer
    known = logits[: tokenizer.vocabulary_size()]  # rows behind are no tokens
    best = np.argsort(-known, kind="stable")[:_CANDIDATES].tolist()
    candidates = list(dict.fromkeys([*best, *more]))
    return Decision(
        title,
        int(tokens.starts[place]),
        int(tokens.ends[place]),
        (place,),
        tuple(tokenizer.id_to_token(each) for each in candidates),
        np.array(candidates, np.int32)[:, np.newaxis],
        logits[np.newaxis],
        0,
    )
