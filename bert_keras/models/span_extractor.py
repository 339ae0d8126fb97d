"""BERT that answers questions with spans of a context."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self, TypeAlias, overload

import keras

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models.answer_stream import answer_documents
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.classify_stream import TOKEN_BUDGET, growing_chunks
from bert_keras.models.only_context import OnlyContext
from bert_keras.models.span_answers import SpanAnswer
from bert_keras.models.span_extractor_preprocessor import SpanExtractorPreprocessor
from bert_keras.models.task import BertTask
from bert_keras.models.text_classifier_preprocessor import fitting

Texts: TypeAlias = list[str] | tuple[str, ...]


@keras.saving.register_keras_serializable(package="bert_keras")
class SpanExtractor(BertTask):
    """A backbone with a dense layer that marks where the answer to a question begins and ends (Devlin et al. 2019, section 4.2).

    The model's outputs are "start" and "end", logits `[windows, tokens]` float32, far below zero where no answer can
    be: outside of the context. `[CLS]` stands for "no answer in this window" (section 4.3). Documents of any length are
        cut into windows.

    Args:
        backbone: The encoder; a pooler is not used and does not learn.
        preprocessor: Makes windows of strings. None: the model takes prepared inputs only.
        null_threshold: Above which log-odds of "no answer" against the best span there is none; None where there always
            is one, as in SQuAD 1.1.
        n_best: Most spans that an answer lists.
        max_answer_tokens: Most tokens of an answer.
        **kwargs: Of a Keras model: `name`, `compile`.

    Raises:
        InputError: A backbone with fewer positions than the preprocessor's `max_length` or a single segment, or a
            number below 1.
    """

    preprocessor_cls = SpanExtractorPreprocessor
    reads_pooler = False

    def __init__(
        self,
        backbone: BertBackbone,
        preprocessor: SpanExtractorPreprocessor | None = None,
        null_threshold: float | None = None,
        n_best: int = 20,
        max_answer_tokens: int = 30,
        **kwargs: Any,
    ) -> None:
        if min(n_best, max_answer_tokens) < 1:
            raise InputError(
                f"n_best and max_answer_tokens must be 1 or above. Received: {n_best} and {max_answer_tokens}"
            )
        if backbone.num_segments < 2:
            raise InputError(
                "a span extractor tells question from context by their segments, and the backbone knows one segment alone"
            )
        if preprocessor is not None:
            fitting(preprocessor.max_length, backbone.max_sequence_length)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor: Any = preprocessor  # a property of KerasHub's, without a type
        if backbone.pooled_dense is not None:
            backbone.pooled_dense.trainable = False
        self.output_dense = keras.layers.Dense(
            2,
            kernel_initializer=keras.initializers.TruncatedNormal(stddev=backbone.initializer_range),
            dtype="float32",
            name="logits",
        )
        only_context = OnlyContext(dtype="float32", name="only_context")

        # === Functional Model ===
        inputs = backbone.input
        logits = self.output_dense(backbone(inputs)["sequence_output"])
        outputs = only_context(logits, inputs["segment_ids"], inputs["padding_mask"])
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

        # === Config ===
        self.null_threshold = null_threshold
        self.n_best = n_best
        self.max_answer_tokens = max_answer_tokens

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, but backbone and preprocessor."""
        return {name: getattr(self, name) for name in ("null_threshold", "n_best", "max_answer_tokens")}

    def compile(self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any) -> None:
        """Configures training; see `BertTask.compile`. "auto" is the mean of the cross entropies of start and end."""
        if loss == "auto":
            kwargs = {"loss_weights": {"start": 0.5, "end": 0.5}} | kwargs
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def usual_loss(self) -> dict[str, keras.losses.Loss]:
        """Makes the cross entropy of the columns of start and end."""
        return {name: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for name in ("start", "end")}

    def usual_metrics(self) -> dict[str, list[keras.metrics.Metric]]:
        """Makes the accuracy of start and of end."""
        return {name: [keras.metrics.SparseCategoricalAccuracy(name="accuracy")] for name in ("start", "end")}

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Makes windows of strings, see `SpanExtractorPreprocessor.call`; inputs that are prepared already pass."""
        if (isinstance(x, dict) and "token_ids" in x) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

    @overload
    def answer(self, question: str, context: str, token_budget: int = TOKEN_BUDGET) -> SpanAnswer: ...

    @overload
    def answer(self, question: Texts, context: str | Texts, token_budget: int = TOKEN_BUDGET) -> list[SpanAnswer]: ...

    def answer(
        self, question: str | Texts, context: str | Texts, token_budget: int = TOKEN_BUDGET
    ) -> SpanAnswer | list[SpanAnswer]:
        """Answers questions.

        Args:
            question: A question, or several.
            context: The text that holds the answer, of any length; with several questions one for each, or one for all.
            token_budget: Most tokens that go through the model together, padding included; windows of like length do.

        Returns:
            The answer, or a list of answers in the order of the questions.

        Raises:
            InputError: Something else than texts, another number of contexts than of questions, or a model without a
                preprocessor.
        """
        if self.preprocessor is None:
            raise InputError("answer() takes strings, and the model has no preprocessor to tokenize them")
        if isinstance(question, str):
            if not isinstance(context, str):
                raise InputError(f"one question has one context, a text. Received: {context!r:.60}")
            return next(answer_documents(self, [(question, context)], token_budget))
        for texts in (question, context):
            if not isinstance(texts, list | tuple | str):
                raise InputError(f"expected a text or a list of texts. Received: {texts!r:.60}")
        contexts = [context] * len(question) if isinstance(context, str) else list(context)
        if len(contexts) != len(question):
            raise InputError(
                f"each question needs its context. Received: {len(question)} questions, {len(contexts)} contexts"
            )
        return list(self.answer_stream(zip(question, contexts, strict=True), token_budget))

    def answer_stream(
        self, documents: Iterable[tuple[str, str]], token_budget: int = TOKEN_BUDGET
    ) -> Iterator[SpanAnswer]:
        """Does as `answer` for any number of questions: reads them as it goes, and answers the first early.

        Args:
            documents: Tuples (question, context). Neighbours that share their context cost less.
            token_budget: Most tokens that go through the model together.

        Yields:
            An answer for each, in order.

        Raises:
            InputError: As `answer`.
        """
        if self.preprocessor is None:
            raise InputError("answer_stream() takes strings, and the model has no preprocessor to tokenize them")
        for chunk in growing_chunks(documents):
            yield from answer_documents(self, chunk, token_budget)

    @classmethod
    def from_preset(
        cls,
        preset: str,
        load_weights: bool = True,
        *,
        new_head: bool = False,
        null_threshold: float | None = None,
        max_length: int | None = None,
        window_overlap: int | None = None,
        max_question_length: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads a span extractor, or a backbone with a fresh head.

        Args:
            preset: See `bert_keras.checkpoints.locate`.
            load_weights: False leaves the weights random.
            new_head: Start with a fresh head where the preset has none, rather than refuse.
            null_threshold: Instead of the preset's own. A Hugging Face folder does not say whether it knows of
                questions without answer; for one that was trained on SQuAD 2.0, name a threshold, 0.0 say.
            max_length: Most tokens of a window's row; as the preset has it, or 384.
            window_overlap: Tokens that neighbouring windows share; as the preset has it, or 128.
            max_question_length: Most tokens of a question; as the preset has it, or 64.
            dtype: Data type or policy, e.g. "mixed_bfloat16"; Keras' default, whatever the preset was trained with.

        Returns:
            The span extractor.

        Raises:
            PresetError: Nothing to load under that name.
            CheckpointError: Files that are broken or not BERT's, or no trained span extractor and no `new_head`.
            InputError: A `max_length` beyond the positions, or too short.
        """
        folder = checkpoints.locate(preset)
        extractor = cls._loaded(folder, load_weights, new_head, dtype)
        extractor.preprocessor = cls._preprocessor_of(folder, max_length, window_overlap, max_question_length)
        if null_threshold is not None:
            extractor.null_threshold = float(null_threshold)
        return extractor

    @classmethod
    def _preprocessor_of(cls, folder: Path, *windows: int | None) -> SpanExtractorPreprocessor | None:
        own = checkpoints.kind(folder) == "bert_keras" and checkpoints.task_of(folder) == cls.__name__
        if not own or (folder / "preprocessor.json").exists():
            return SpanExtractorPreprocessor.from_preset(str(folder), *windows)
        if any(given is not None for given in windows):
            raise InputError(f"{folder}: windows are the preprocessor's, and the preset has none. Received: {windows}")
        return None

    @classmethod
    def _loaded(cls, folder: Path, load_weights: bool, new_head: bool, dtype: Any) -> Self:
        kind = checkpoints.kind(folder)
        if kind in ("bert_keras", "adapter") and checkpoints.task_of(folder) == cls.__name__:
            return (cls._from_own_preset if kind == "bert_keras" else cls._from_adapter)(folder, load_weights, dtype)
        checkpoint = None if kind in ("bert_keras", "adapter") else checkpoints.read(folder)
        has_head = checkpoint is not None and checkpoints.SPAN_HEAD in checkpoint.tensors
        if not has_head and not new_head:
            raise CheckpointError(
                f"{folder}: there is no trained span extractor in it. Fine-tune one (bert-keras answer), or add new_head=True "
                "for a fresh head"
            )
        if checkpoint is None:
            return cls(BertBackbone.from_preset(str(folder), load_weights, dtype=dtype))
        extractor = cls(BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=False, dtype=dtype))
        if load_weights and has_head:
            head = checkpoints.dense("qa_outputs", extractor.output_dense, extractor.backbone.hidden_dim)
            checkpoints.assign_places(list(head), checkpoint)
        return extractor
