"""The model of an index: its tokenizer for words, and its sentence vectors."""

import functools
import hashlib
from collections.abc import Sequence

import numpy as np

from bert_keras import checkpoints
from bert_keras.files.identity import sha256_of
from bert_keras.models import TextClassifierPreprocessor, TextEncoder, check_text_encoder
from bert_keras.retrieval.words import Words
from bert_keras.text import BertTokenizer

DEFAULT = "minilm_l6_en_uncased"
# What models that tell questions from what is searched call the texts that stand before them.
_QUESTION_PROMPTS, _PARAGRAPH_PROMPTS = ("query",), ("document", "passage")
_LEAST_LENGTH = 1e-12
_UNREAD = frozenset({".md", ".py", ".png", ".gitattributes"})  # files of a model that say nothing about its vectors


class ParagraphEncoder:
    """A text encoder, whose weights are loaded when the first vector is asked for.

    Args:
        preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.

    Raises:
        PresetError: There is no such preset.
        CheckpointError: It is no encoder of sentences.
    """

    def __init__(self, preset: str = DEFAULT) -> None:
        self._preset = preset
        self._folder = checkpoints.locate(preset)
        check_text_encoder(preset)

    @functools.cached_property
    def tokenizer(self) -> BertTokenizer:
        """The tokenizer of the model."""
        if checkpoints.is_sentence_model(self._folder):
            return checkpoints.read_sentence_model(self._folder).checkpoint.make_tokenizer()
        return TextClassifierPreprocessor.from_preset(str(self._folder)).tokenizer

    @functools.cached_property
    def words(self) -> Words:
        """The words of texts, as the tokenizer normalises them."""
        return Words(self.tokenizer)

    @functools.cached_property
    def fingerprint(self) -> str:
        """A hash of the model's files: equal ones give equal vectors."""
        files = sorted(
            path for path in self._folder.rglob("*") if path.is_file() and path.suffix.lower() not in _UNREAD
        )
        named = [f"{path.relative_to(self._folder).as_posix()} {sha256_of(path)}" for path in files]
        return hashlib.sha256("\n".join(named).encode()).hexdigest()

    @property
    def dimension(self) -> int:
        """The size of a vector."""
        return self._model.dimension

    def encode(self, paragraphs: Sequence[str]) -> np.ndarray:
        """Computes the vectors of paragraphs.

        Args:
            paragraphs: The paragraphs.

        Returns:
            Vectors of length 1, `[paragraphs, dimension]` float32; their products are the cosines of their angles.
        """
        return self._encode(paragraphs, _PARAGRAPH_PROMPTS)

    def encode_question(self, question: str) -> np.ndarray:
        """Computes the vector of a question, `[dimension]` float32."""
        return self._encode([question], _QUESTION_PROMPTS)[0]

    def _encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        prompt = next((name for name in prompts if name in self._model.prompts), None)
        vectors = self._model.encode(texts, prompt_name=prompt)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _LEAST_LENGTH)

    @functools.cached_property
    def _model(self) -> TextEncoder:
        return TextEncoder.from_preset(str(self._folder), dtype="float32")
