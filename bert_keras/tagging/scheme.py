"""What the tags of words mean: which type of entity, and whether the word begins, goes on with or ends one.

Tags with prefixes are read as `seqeval` and the script conlleval of CoNLL-2000 read them, whatever their scheme: `B-`
begins an entity, `I-` goes on with one of its type or else begins it, `E-` ends one, `S-` is one by itself. So IOB1,
IOB2 and BIOES need not be told apart. `M-`, `L-` and `U-` of other tools are `I-`, `E-` and `S-`. Tags without prefixes
are types; neighbours of one type are one entity.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from bert_keras.errors import LabelError
from bert_keras.files.messages import listed

OUTSIDE, INSIDE, BEGIN, END, SINGLE = range(5)
"""The kinds of tags."""
_PREFIXES = {"B": BEGIN, "I": INSIDE, "M": INSIDE, "E": END, "L": END, "S": SINGLE, "U": SINGLE}
_PREFIXED = re.compile(r"([BIMELSU])[-_](.+)", re.DOTALL)
_NO_TYPE = frozenset({"O", "[CLS]", "[SEP]", "[PAD]"})  # some models tag special tokens
# The kinds of tags to give a word by its place in an entity, the first that a type has.
_SINGLE_KINDS = (SINGLE, BEGIN, INSIDE, END)
_FIRST_KINDS = (BEGIN, INSIDE, SINGLE, END)
_MIDDLE_KINDS = (INSIDE, END, BEGIN, SINGLE)
_LAST_KINDS = (END, INSIDE, BEGIN, SINGLE)


def bio_tags(types: Sequence[str]) -> tuple[str, ...]:
    """Returns the tags of types of entities in the scheme IOB2: `O`, then `B-` and `I-` of each.

    Args:
        types: The types of entities.

    Raises:
        LabelError: There is no type, or they are no different names.
    """
    named = not isinstance(types, str) and all(isinstance(name, str) and name.strip() for name in types)
    if not named or not types or len(set(types)) != len(types):
        raise LabelError(f"labels must be one or more different types of entities. Received: {types!r}")
    return ("O", *(f"{prefix}-{name}" for name in types for prefix in "BI"))


@dataclass(frozen=True)
class TagScheme:
    """The meaning of tags.

    Attributes:
        tags: The names of the tags, in the order of the model's outputs.
        types: The types of entities, in the order of their first tags.
        kinds: The kind of each tag.
        type_of: The index in `types` of each tag; -1 for one outside of entities.
    """

    tags: tuple[str, ...]
    types: tuple[str, ...]
    kinds: tuple[int, ...]
    type_of: tuple[int, ...]

    @classmethod
    def of(cls, tags: Sequence[str]) -> Self:
        """Reads the names of tags.

        They have prefixes if all of them do, or if two name one type, as `B-PER` and `I-PER`. `O` and the special
        tokens of BERT are outside of entities.

        Args:
            tags: The names.

        Raises:
            LabelError: There are fewer than two, they are no different names, or no type is among them.
        """
        alike = isinstance(tags, str) or len(set(tags)) != len(tags) or not all(isinstance(tag, str) for tag in tags)
        if alike or len(tags) < 2:
            raise LabelError(f"tags must be at least two different names. Received: {tags!r}")
        split = {tag: _split(tag) for tag in tags if tag not in _NO_TYPE}
        named = [name for _, name in split.values() if name is not None]
        if None in (name for _, name in split.values()) and len(set(named)) == len(named):
            split = {tag: (INSIDE, None) for tag in split}
        types = tuple(dict.fromkeys(tag if name is None else name for tag, (_, name) in split.items()))
        if not types:
            raise LabelError(f"no tag names a type of entity. Received: {listed(list(tags))}")
        kinds = tuple(split[tag][0] if tag in split else OUTSIDE for tag in tags)
        return cls(
            tuple(tags),
            types,
            kinds,
            tuple(types.index(split[tag][1] or tag) if tag in split else -1 for tag in tags),
        )

    @property
    def outside(self) -> int | None:
        """The index of the first tag outside of entities; `None` if each word is in one."""
        return self.kinds.index(OUTSIDE) if OUTSIDE in self.kinds else None

    def encode(self, words: int, spans: Sequence[tuple[int, int, int]]) -> np.ndarray:
        """Returns the tags of words that say where entities are.

        Args:
            words: The number of words.
            spans: The first and the last word of each entity, and its type; none overlaps another.

        Returns:
            The index of each word's tag, `[words]` int32; -1 for a word outside of entities if no tag says so.
        """
        tags = np.full(words, -1 if self.outside is None else self.outside, np.int32)
        for first, last, of_type in spans:
            if first == last:
                tags[first] = self._tag(of_type, _SINGLE_KINDS)
            else:
                tags[first], tags[last] = self._tag(of_type, _FIRST_KINDS), self._tag(of_type, _LAST_KINDS)
                tags[first + 1 : last] = self._tag(of_type, _MIDDLE_KINDS)
        return tags

    def spans(self, tags: Sequence[int] | np.ndarray) -> list[tuple[int, int, int]]:
        """Returns the entities that tags of the words of one text say; see the module.

        Args:
            tags: The index of each word's tag.

        Returns:
            The first and the last word of each entity, and its type, in order.
        """
        found: list[tuple[int, int, int]] = []
        kind_before, type_before = OUTSIDE, -1
        for word, tag in enumerate(tags):
            kind, of_type = self.kinds[tag], self.type_of[tag]
            if kind != OUTSIDE:
                if begins(kind, of_type, kind_before, type_before):
                    found.append((word, word, of_type))
                else:
                    found[-1] = (found[-1][0], word, of_type)
            kind_before, type_before = kind, of_type
        return found

    def _tag(self, of_type: int, kinds: Sequence[int]) -> int:
        tags = {kind: tag for tag, kind in reversed(list(enumerate(self.kinds))) if self.type_of[tag] == of_type}
        return next(tags[kind] for kind in kinds if kind in tags)


def begins(kind: int, of_type: int, kind_before: int, type_before: int) -> bool:
    """Returns whether a word within an entity begins it, by its tag and that of the word before."""
    if kind in (BEGIN, SINGLE) or kind_before in (OUTSIDE, END, SINGLE):
        return True
    return of_type != type_before


def _split(tag: str) -> tuple[int, str | None]:
    """Returns the kind and the type of a tag; the type is `None` without a prefix."""
    found = _PREFIXED.fullmatch(tag)
    return (INSIDE, None) if found is None else (_PREFIXES[found[1]], found[2])


def has_prefix(tag: str) -> bool:
    """Returns whether a tag looks like one with a prefix, such as `B-PER`."""
    return _PREFIXED.fullmatch(tag) is not None
