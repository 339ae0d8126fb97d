"""A new BERT: a vocabulary learned from the texts of a training, and random weights."""

import contextlib
from collections.abc import Iterable
from typing import Any

from bert_keras.models import BertBackbone, MaskedLM, TextClassifierPreprocessor
from bert_keras.text import SPECIAL_TOKENS, BertTokenizer, learn_vocabulary

from ..console.consoles import console
from ..console.progress import counted_rows
from .config import PretrainConfig

_WIDER = 4  # the inner size of feed-forward layers, in hidden sizes, as in every BERT


def tokenizer_of(config: PretrainConfig, vocabulary: Iterable[str] = SPECIAL_TOKENS) -> BertTokenizer:
    """Returns the tokenizer of a new model; without a vocabulary each word is unknown to it."""
    return BertTokenizer(vocabulary, lowercase=not config.cased, strip_accents=config.strip_accents)


def learned_tokenizer(config: PretrainConfig, texts: Iterable[str]) -> BertTokenizer:
    """Learns a vocabulary from texts, with progress bars.

    Args:
        config: The options.
        texts: The texts.

    Returns:
        The tokenizer.

    Raises:
        InputError: No vocabulary of this size can be learned.
    """
    size = config.new_vocabulary
    assert size is not None
    with contextlib.ExitStack() as shown:
        bars = [shown.enter_context(counted_rows(console, "counting words"))]

        def on_tokens(tokens: int) -> None:
            if len(bars) == 1:  # only now, so that its clock is right
                bars.append(shown.enter_context(counted_rows(console, "learning tokens", size)))
            bars[1](tokens)

        letters = {"lowercase": not config.cased, "strip_accents": config.strip_accents}
        tokens = learn_vocabulary(texts, size, **letters, on_texts=bars[0], on_tokens=on_tokens)
    return tokenizer_of(config, tokens)


def new_model(config: PretrainConfig, tokenizer: BertTokenizer, dtype: Any) -> MaskedLM:
    """Returns a masked language model of random weights, of the size that the options say."""
    sizes: dict[str, Any] = {
        "num_layers": config.layers,
        "num_heads": config.heads,
        "hidden_dim": config.hidden_dim,
        "intermediate_dim": _WIDER * (config.hidden_dim or 0),
        "max_sequence_length": config.max_length,
    }
    backbone = BertBackbone(tokenizer.vocabulary_size(), **sizes, dtype=dtype)
    preprocessor = TextClassifierPreprocessor(tokenizer, backbone.max_sequence_length)
    return MaskedLM(backbone, preprocessor, pairs=config.pair_kind)
