"""The rules by which a tokenizer makes words of texts and pieces of words, as a `tokenizer.json` states them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bert_keras.errors import VocabularyError

_BEHAVIORS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
# The kinds of steps, and their switches.
_NORMALIZERS: dict[str, tuple[str, ...]] = {
    "BertNormalizer": ("clean_text", "handle_chinese_chars", "lowercase"),
    "Strip": ("strip_left", "strip_right"),
    **dict.fromkeys(("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Replace"), ()),
}
_PRE_TOKENIZERS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Punctuation"), ()
)


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


def checked_rules(given: Any) -> WordRules:
    """Checks word rules.

    Args:
        given: A `WordRules`, or a mapping with its fields.

    Returns:
        The rules, with the defaults of the reference put in.

    Raises:
        VocabularyError: A field is missing, unknown or of another type, or a step is of a kind that is not supported.
    """
    if not isinstance(given, WordRules | Mapping):
        raise VocabularyError(f"word rules are a WordRules or a mapping. Received: {given!r:.200}")
    fields = given.config() if isinstance(given, WordRules) else dict(given)
    try:
        rules = WordRules(**fields)
    except TypeError as error:
        raise VocabularyError(f"word rules have other fields: {error}. Received: {sorted(fields)}") from error
    length = rules.max_word_length
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise VocabularyError(f"max_word_length is a number of code points. Received: {length!r}")
    if not isinstance(rules.prefix, str) or not isinstance(rules.unknown, str):
        raise VocabularyError(f"prefix and unknown are texts. Received: {rules.prefix!r}, {rules.unknown!r}")
    _check_steps(rules.normalizer, "normalizer", "normalizers", _NORMALIZERS)
    _check_steps(rules.pre_tokenizer, "pre-tokenizer", "pretokenizers", _PRE_TOKENIZERS)
    return _plain_if_same(rules)


def _check_steps(part: Any, what: str, inner: str, kinds: Mapping[str, tuple[str, ...]]) -> None:
    try:
        for step in steps(part, inner):
            kind = step["type"]
            if kind not in kinds:
                raise VocabularyError(
                    f"a {what} of type {kind} is not supported; these are: {', '.join(kinds)} and a Sequence of them"
                )
            if any(not isinstance(step.get(switch, True), bool) for switch in kinds[kind]) or not _right(step):
                raise VocabularyError(f"the {what} {kind} has settings that are not supported. Received: {dict(step)}")
    except (KeyError, TypeError, AttributeError) as error:
        raise VocabularyError(f"this is no {what} of a tokenizer.json. Received: {part!r:.200}") from error


def _right(step: Mapping[str, Any]) -> bool:
    """Returns whether the settings of a step are right, other than its switches."""
    if step["type"] == "Replace":
        texts = step["content"], step["pattern"].get("String")
        return all(isinstance(text, str) for text in texts) and texts[1] != ""
    if step["type"] == "BertNormalizer":
        return step.get("strip_accents") in (None, True, False)
    return step["type"] != "Punctuation" or step.get("behavior", "Isolated") in _BEHAVIORS


def _plain_if_same(rules: WordRules) -> WordRules:
    """Returns the rules of the BERT release in their usual form, if rules are the same in another form."""
    usual = bert_rules(lowers(rules), strips_accents(rules))
    same = [
        {"clean_text": True, "handle_chinese_chars": True, **step, "strip_accents": bert_strips_accents(step)}
        for step in steps(rules.normalizer, "normalizers")
    ] == [usual.normalizer]
    same &= [step["type"] for step in steps(rules.pre_tokenizer, "pretokenizers")] == ["BertPreTokenizer"]
    same &= (rules.prefix, rules.max_word_length, rules.unknown) == ("##", 100, "[UNK]")
    return usual if same else rules


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


def splits_ascii_as_bert(rules: WordRules) -> bool:
    """Returns whether printable ASCII becomes the word pieces that it has in BERT, of the same vocabulary.

    All normalizers but Replace leave such text as it is, or lower-case it, or strip white space, which splits words
    anyway.
    """
    only_bert = [step.get("type") for step in steps(rules.pre_tokenizer, "pretokenizers")] == ["BertPreTokenizer"]
    replaces = any(step.get("type") == "Replace" for step in steps(rules.normalizer, "normalizers"))
    return only_bert and not replaces and rules.prefix == "##"


def splits_at_blanks(rules: WordRules) -> bool:
    """Returns whether the pieces of a text are those of the words between its blanks, split one by one."""
    first = [step.get("type") for step in steps(rules.pre_tokenizer, "pretokenizers")][:1]
    replaces = any(step.get("type") == "Replace" for step in steps(rules.normalizer, "normalizers"))
    return first in (["BertPreTokenizer"], ["Whitespace"], ["WhitespaceSplit"]) and not replaces
