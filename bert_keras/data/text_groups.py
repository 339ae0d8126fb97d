"""Groups of texts that a text encoder is trained on: pairs, triples, scored pairs, or labelled texts."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bert_keras.data.encoded import Batch, Encoded
from bert_keras.data.stored_targets import NoTargets
from bert_keras.text import Packed

GroupKind = Literal["pairs", "triples", "scored_pairs", "labelled_texts"]
"""What groups of texts are: texts that belong together, with others that do not, with a score, or of a label."""
_BLOCK = 4096  # texts that are tokenized together


@dataclass(frozen=True)
class TextGroups:
    """Groups of texts, each text tokenized once.

    Attributes:
        name: The display name of the source.
        kind: "pairs" and "triples" are an anchor, what belongs to it, and texts that do not; "scored_pairs" are two
            texts with a number that is higher for texts that are more alike; "labelled_texts" are a text, and another
            one of its label that is drawn anew in each epoch.
        fingerprint: A hash of everything that determines the groups.
        texts: The distinct texts.
        tokens: The distinct texts as tokens.
        members: The numbers of the texts of each group, `[groups, texts]` int32.
        numbers: The score, or the number of the label, of each group, `[groups]`; empty for pairs and triples.
        labels: The names of the labels.
        places: The file and the line of each group.
        read: The number of rows that were read.
        left_out: The number of rows left out, by reason.
    """

    name: str
    kind: GroupKind
    fingerprint: str
    texts: tuple[str, ...]
    tokens: Encoded
    members: np.ndarray
    numbers: np.ndarray
    labels: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    read: int
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.members)

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each group, `[groups]`."""
        return self.tokens.lengths[self.members].sum(axis=1)

    def batch(self, rows: np.ndarray) -> Batch:
        """Returns the texts of some groups as a batch.

        Args:
            rows: The numbers of the groups, `[groups]`.

        Returns:
            The inputs of all first texts, then of all second ones, and so on, `[groups * texts, tokens]`; and the
            targets: the numbers of the texts `[groups, texts]` int32, the scores `[groups]` float32, or the labels
            `[groups]` int32.
        """
        members = self.members[rows]
        inputs, _ = self.tokens.batch(members.T.ravel())
        return inputs, members if self.kind in ("pairs", "triples") else self.numbers[rows]

    def in_epoch(self, seed: int, epoch: int) -> "TextGroups":
        """Returns the groups for an epoch: those of labelled texts with other second texts of the same label.

        Args:
            seed: The random seed of the training.
            epoch: The number of the epoch, from 0.
        """
        if self.kind != "labelled_texts":
            return self
        firsts = self.members[:, 0]
        seconds = _partners(firsts, self.numbers, np.random.default_rng([seed, epoch]))
        return dataclasses.replace(self, members=np.stack([firsts, seconds], axis=1))

    def with_negatives(self, negatives: np.ndarray) -> "TextGroups":
        """Returns pairs or triples with further negatives, the numbers of texts `[groups, negatives]`."""
        members = np.concatenate([self.members, negatives.astype(np.int32)], axis=1)
        digest = hashlib.blake2b(self.fingerprint.encode() + members.tobytes(), digest_size=16).hexdigest()
        return dataclasses.replace(self, kind="triples", members=members, fingerprint=digest)


def group_texts(
    name: str,
    kind: GroupKind,
    rows: Sequence[Sequence[str]],
    pack: Callable[[Any], Packed],
    fingerprint: str,
    *,
    targets: Sequence[Any] = (),
    places: Sequence[tuple[str, int]] = (),
    read: int | None = None,
    left_out: dict[str, int] | None = None,
    on_texts: Callable[[int], object] = lambda texts: None,
) -> TextGroups:
    """Tokenizes the texts of groups, each distinct one once.

    Args:
        name: The display name of the source.
        kind: See `TextGroups`.
        rows: The texts of each group, all of the same number; of labelled texts one each.
        pack: The function that converts texts to rows of token ids, e.g. `TextClassifierPreprocessor.pack`.
        fingerprint: A hash of everything that determines its result.
        targets: The score or the label of each group.
        places: The file and the line of each group.
        read: The number of rows that were read; `None` means as many as there are groups.
        left_out: The number of rows left out, by reason.
        on_texts: A function that receives the number of texts of each block when it is tokenized.

    Returns:
        The groups, in the order of the rows.
    """
    numbered: dict[str, int] = {}
    members = np.array([[numbered.setdefault(text, len(numbered)) for text in row] for row in rows], np.int32)
    texts = tuple(numbered)
    labels, numbers = _numbered(kind, targets)
    digest = hashlib.blake2b(f"{kind} {fingerprint} {labels} {[len(text) for text in texts]}".encode(), digest_size=16)
    for part in ("\0".join(texts).encode("utf-8", "surrogatepass"), members.tobytes(), numbers.tobytes()):
        digest.update(part)
    if kind == "labelled_texts":
        members = np.repeat(members, 2, axis=1)  # until an epoch draws the second texts
    return TextGroups(
        name,
        kind,
        digest.hexdigest(),
        texts,
        _tokens(name, texts, pack, digest.hexdigest(), on_texts),
        members,
        numbers,
        labels,
        tuple(places),
        len(rows) if read is None else read,
        dict(left_out or {}),
    )


def _numbered(kind: GroupKind, targets: Sequence[Any]) -> tuple[tuple[str, ...], np.ndarray]:
    if kind == "labelled_texts":
        labels = tuple(sorted(set(targets)))
        places = {label: place for place, label in enumerate(labels)}
        return labels, np.array([places[target] for target in targets], np.int32)
    return (), np.array(targets, np.float32)


def _tokens(
    name: str,
    texts: Sequence[str],
    pack: Callable[[Any], Packed],
    fingerprint: str,
    on_texts: Callable[[int], object],
) -> Encoded:
    ids, lengths = [], []
    for first in range(0, len(texts), _BLOCK):
        block = list(texts[first : first + _BLOCK])
        packed = pack(block)[0]
        ids.append(packed.flat_values.numpy())
        lengths.append(packed.row_lengths().numpy())
        on_texts(len(block))
    of_text = np.concatenate(lengths)
    nothing = np.zeros(len(texts), np.uint64)
    return Encoded(
        name=name,
        files=(name,),
        task=None,
        fingerprint=fingerprint,
        rows_read=len(texts),
        left_out={},
        token_ids=np.concatenate(ids),
        begins=np.cumsum(of_text) - of_text,
        lengths=of_text,
        first_lengths=of_text,
        hashes=nothing,
        lines=nothing,
        first_of_files=(0,),
        stored_targets=NoTargets(len(texts)),
    )


def _partners(texts: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draws for each text another one of its label; a text that is alone in its label is its own."""
    order = np.lexsort((random.random(len(texts)), labels))
    of_label = labels[order]
    begins = np.searchsorted(of_label, of_label, side="left")
    sizes = np.searchsorted(of_label, of_label, side="right") - begins
    # The texts of a label stand in a ring, and each takes the next.
    following = begins + (np.arange(len(order)) - begins + 1) % sizes
    partners = np.empty_like(texts)
    partners[order] = texts[order[following]]
    return partners
