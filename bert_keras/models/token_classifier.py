"""BERT for token classification: named entities and other spans of texts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import keras

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError, InputError, LabelError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.entities import Entity
from bert_keras.models.preprocessor import fitting
from bert_keras.models.tag_stream import tag_texts
from bert_keras.models.task import BertTask
from bert_keras.models.task_heads import keep_outputs, logits_dense
from bert_keras.models.text_tagger import TextTagger
from bert_keras.models.token_classifier_preprocessor import TokenClassifierPreprocessor
from bert_keras.tagging.scheme import TagScheme, bio_tags


@keras.saving.register_keras_serializable(package="bert_keras")
class TokenClassifier(TextTagger, BertTask):
    """A backbone with a dense layer that tags each word (Devlin et al. 2019, section 5.3).

    The model's output is logits `[windows, tokens, tags]` float32. The first token of a word decides for the word, and
    tags of words become entities as `tagging.TagScheme` says. Texts of any length are divided into windows, and each
    word is decided in the one with the most context around it.

    Args:
        backbone: The encoder; its pooler, if any, is not used and not trained.
        tags: The names of the outputs: `O`, and `B-` and `I-` with each type of entity, or another scheme.
        preprocessor: The preprocessor, from texts to windows. `None` means that the model only takes preprocessed
            inputs.
        dropout: The dropout rate before the dense layer.
        **kwargs: Further arguments of a Keras model: `name`, `compile`.

    Raises:
        InputError: The backbone has fewer positions than the preprocessor's `max_length`.
        LabelError: The tags are no different names, or name no type of entity.
    """

    preprocessor_cls = TokenClassifierPreprocessor
    reads_pooler = False
    architecture = "ForTokenClassification"

    def __init__(
        self,
        backbone: BertBackbone,
        tags: Sequence[str],
        preprocessor: TokenClassifierPreprocessor | None = None,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        scheme = TagScheme.of(tags)
        # === Layers ===
        self._set_parts(backbone, preprocessor)
        if backbone.pooled_dense is not None:
            backbone.pooled_dense.trainable = False
        self.output_dropout = keras.layers.Dropout(dropout, dtype=backbone.dtype_policy, name="classifier_dropout")
        self.output_dense = logits_dense(len(tags), backbone)

        # === Functional Model ===
        inputs = backbone.input
        outputs = self.output_dense(self.output_dropout(backbone(inputs)["sequence_output"]))
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

        # === Config ===
        self.scheme = scheme
        self.dropout = dropout

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return self.scheme.tags

    @property
    def labels(self) -> tuple[str, ...]:
        """The types of entities."""
        return self.scheme.types

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, without the backbone and the preprocessor."""
        return {"tags": list(self.tags), "dropout": self.dropout}

    def head_places(self) -> list[checkpoints.Place]:
        """Returns the weights of the dense layer, by their names in Hugging Face folders."""
        return list(checkpoints.dense("classifier", self.output_dense, self.backbone.hidden_dim))

    def usual_loss(self) -> keras.losses.Loss:
        """Returns the cross entropy of the tags; a target of -1 counts nothing."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts texts to windows; returns preprocessed inputs unchanged."""
        if isinstance(x, dict) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

    def _check_can_tag(self) -> None:
        self._check_preprocessor("tag")

    def _tag_chunk(self, texts: Sequence[str], token_budget: int) -> Iterator[tuple[Entity, ...]]:
        return tag_texts(self, texts, token_budget)

    @classmethod
    def from_preset(
        cls,
        preset: str,
        load_weights: bool = True,
        *,
        base: str | None = None,
        labels: Sequence[str] | None = None,
        new_head: bool = False,
        max_length: int | None = None,
        window_overlap: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads a token classifier, or a backbone and puts a randomly initialized head on it.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
            labels: The types of entities; a new head tags them in the scheme IOB2. `None` means those of the preset's
                token classifier; these in any order keep its head.
            new_head: Whether other labels than the preset's get a new head, rather than raising an error. In it the
                tags that the preset's head knows keep their outputs, if its scheme is IOB2 too.
            max_length: The maximum number of tokens in a window's row. `None` means the preset's own value; else 384,
                or less if a Hugging Face folder's `model_max_length` or the number of positions is less.
            window_overlap: The number of tokens that neighbouring windows share. `None` means the preset's own value,
                or 128.
            dtype: The dtype or dtype policy, e.g. "mixed_bfloat16". `None` means Keras' default, whatever the preset
                was saved with.

        Returns:
            The token classifier.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            LabelError: There are no labels for a preset without a token classifier, or they differ from the preset's
                and `new_head` is false.
            InputError: `max_length` exceeds the number of positions or is too small, the preset has no preprocessor
                that the window arguments could apply to, or a base is given for a preset that is no adapter.
        """
        folder = checkpoints.locate(preset)
        checkpoints.check_base(folder, base)
        tagger = cls._loaded(folder, load_weights, labels, dtype, base)
        if labels is not None and set(labels) != set(tagger.labels):
            if not new_head:
                raise LabelError(
                    f"{folder}: the token classifier has the labels {list(tagger.labels)}. Received: {list(labels)}; "
                    "to train a head of your own on its backbone, add new_head=True"
                )
            tagger = tagger._with_types(labels)
        tagger.preprocessor = cls._preprocessor_of(folder, base, max_length, window_overlap)
        if tagger.preprocessor is not None:
            fitting(tagger.preprocessor.max_length, tagger.backbone.max_sequence_length)
        return tagger

    def _with_types(self, types: Sequence[str]) -> Self:
        """Returns a token classifier of other types on the same backbone; see `from_preset`."""
        tags = bio_tags(types)
        tagger = type(self)(self.backbone, tags, self.preprocessor, self.dropout)
        if set(self.tags) == set(bio_tags(self.labels)):
            keep_outputs(tagger.output_dense, tags, self.output_dense, self.tags)
        return tagger

    @classmethod
    def _preprocessor_of(
        cls, folder: Path, base: str | None, max_length: int | None, window_overlap: int | None
    ) -> TokenClassifierPreprocessor | None:
        own = checkpoints.kind(folder) == "bert_keras" and checkpoints.task_of(folder) == cls.__name__
        if not own or (folder / "preprocessor.json").exists():
            return TokenClassifierPreprocessor.from_preset(str(folder), max_length, window_overlap, base=base)
        if (max_length, window_overlap) != (None, None):
            raise InputError(
                f"{folder}: windows are the preprocessor's, and the preset has none. Received: max_length "
                f"{max_length}, window_overlap {window_overlap}"
            )
        return None

    @classmethod
    def _loaded(
        cls, folder: Path, load_weights: bool, labels: Sequence[str] | None, dtype: Any, base: str | None
    ) -> Self:
        kind = checkpoints.kind(folder)
        own = kind in ("bert_keras", "adapter")
        if own and checkpoints.task_of(folder) == cls.__name__:
            if kind == "adapter":
                return cls._from_adapter(folder, load_weights, dtype, base)
            return cls._from_own_preset(folder, load_weights, dtype)
        checkpoint = None if own else checkpoints.read(folder, base)
        if checkpoint is not None and checkpoint.tags is not None:
            backbone = BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=False, dtype=dtype)
            try:
                tagger = cls(backbone, checkpoint.tags, dropout=checkpoint.head_dropout)
            except LabelError as error:
                raise CheckpointError(f"{folder}: {error}") from error
            if load_weights:
                checkpoints.assign_places(tagger.head_places(), checkpoint)
            return tagger
        if labels is None:
            held = f", but {checkpoint.other_head}" if checkpoint is not None and checkpoint.other_head else ""
            raise LabelError(
                f"{folder}: there is no trained token classifier in it{held}. Fine-tune one (bert-keras tag), or name "
                "the types of entities of a fresh head, labels=[…]"
            )
        tags = bio_tags(labels)
        if checkpoint is None:
            return cls(BertBackbone.from_preset(str(folder), load_weights, base=base, dtype=dtype), tags)
        return cls(
            BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=False, dtype=dtype),
            tags,
            dropout=checkpoint.head_dropout,
        )
