"""The rules by which a tokenizer makes words of texts and pieces of words, as a `tokenizer.json` states them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class WordRules:
    """How texts become words, and words become pieces; as in a `tokenizer.json`, whose names the mappings use.

    Attributes:
        normalizer: The normalizer, e.g. `{"type": "BertNormalizer", ...}`; None changes no text.
        pre_tokenizer: The pre-tokenizer, e.g. `{"type": "BertPreTokenizer"}`; None makes each text a single word.
        prefix: The mark of tokens that continue a word, `continuing_subword_prefix`.
        max_word_length: The most code points of a word; longer ones are unknown. `max_input_chars_per_word`.
        unknown: The token of words that have no pieces, `unk_token`.
    """

    normalizer: Mapping[str, Any] | None
    pre_tokenizer: Mapping[str, Any] | None
    prefix: str = "##"
    max_word_length: int = 100
    unknown: str = "[UNK]"

    def config(self) -> dict[str, Any]:
        """Returns the rules as JSON."""
        return asdict(self)


def bert_rules(lowercase: bool, strip_accents: bool | None = None) -> WordRules:
    """Returns the rules of the BERT release.

    Args:
        lowercase: Whether to lower-case texts.
        strip_accents: Whether to remove accents; None means the value of `lowercase`.

    Returns:
        The rules.
    """
    normalizer = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": lowercase if strip_accents is None else strip_accents,
        "lowercase": lowercase,
    }
    return WordRules(normalizer, {"type": "BertPreTokenizer"})


def steps(part: Mapping[str, Any] | None, inner: str) -> list[Mapping[str, Any]]:
    """Returns the steps of a normalizer or pre-tokenizer with the sequences in it opened.

    Args:
        part: The normalizer or pre-tokenizer.
        inner: The name under which a sequence keeps its parts: "normalizers" or "pretokenizers".

    Returns:
        The steps.
    """
    if part is None:
        return []
    if part.get("type") == "Sequence":
        return [step for one in part[inner] for step in steps(one, inner)]
    return [part]


def lowers(rules: WordRules) -> bool:
    """Returns whether rules lower-case texts."""
    return any(
        step.get("type") == "Lowercase" or (step.get("type") == "BertNormalizer" and step.get("lowercase", True))
        for step in steps(rules.normalizer, "normalizers")
    )


def strips_accents(rules: WordRules) -> bool:
    """Returns whether rules remove accents."""
    return any(
        step.get("type") == "StripAccents" or (step.get("type") == "BertNormalizer" and bert_strips_accents(step))
        for step in steps(rules.normalizer, "normalizers")
    )


def bert_strips_accents(step: Mapping[str, Any]) -> bool:
    """Returns whether a BertNormalizer removes accents, which by default it does if it lower-cases."""
    strips = step.get("strip_accents")
    return bool(step.get("lowercase", True) if strips is None else strips)
