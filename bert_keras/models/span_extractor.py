"""BERT for extractive question answering."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import keras

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models.answer_stream import answer_documents
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.only_context import OnlyContext
from bert_keras.models.question_answerer import QuestionAnswerer
from bert_keras.models.span_answers import SpanAnswer
from bert_keras.models.span_extractor_preprocessor import SpanExtractorPreprocessor
from bert_keras.models.task import BertTask
from bert_keras.models.task_heads import logits_dense


@keras.saving.register_keras_serializable(package="bert_keras")
class SpanExtractor(QuestionAnswerer, BertTask):
    """A backbone with a dense layer that predicts the start and the end of an answer (Devlin et al. 2019, section 4.2).

    The model's outputs are "start" and "end", logits `[windows, tokens]` float32, about -1e9 outside of the context,
    where no answer can be. `[CLS]` stands for "no answer in this window" (section 4.3). Documents of any length are
    split into windows.

    Args:
        backbone: The encoder; its pooler, if any, is not used and not trained.
        preprocessor: The preprocessor, from strings to windows. `None` means that the model only takes preprocessed
            inputs.
        null_threshold: The null odds ("no answer" against the best span) above which there is no answer. `None` means
            that there always is one, as in SQuAD 1.1.
        n_best: The maximum number of spans listed with an answer, none of which overlaps another.
        max_answer_tokens: The maximum number of tokens of an answer.
        part_words: Whether an answer may begin and end within a word. Otherwise it begins and ends at words, in the
            scripts that have blanks between them; see `text.span_bounds`.
        across_paragraphs: Whether an answer may run over a blank line or the end of a page, from one paragraph into
            the next.
        **kwargs: Further arguments of a Keras model: `name`, `compile`.

    Raises:
        InputError: The backbone has fewer positions than the preprocessor's `max_length` or just one segment, or
            `n_best` or `max_answer_tokens` is below 1.
    """

    preprocessor_cls = SpanExtractorPreprocessor
    reads_pooler = False
    architecture = "ForQuestionAnswering"

    def __init__(
        self,
        backbone: BertBackbone,
        preprocessor: SpanExtractorPreprocessor | None = None,
        null_threshold: float | None = None,
        n_best: int = 20,
        max_answer_tokens: int = 30,
        part_words: bool = False,
        across_paragraphs: bool = False,
        **kwargs: Any,
    ) -> None:
        if min(n_best, max_answer_tokens) < 1:
            raise InputError(
                f"n_best and max_answer_tokens must be 1 or above. Received: {n_best} and {max_answer_tokens}"
            )
        if backbone.num_segments == 1:
            raise InputError(
                "a span extractor tells question from context by their segments, and the backbone knows one segment "
                "alone"
            )
        # === Layers ===
        self._set_parts(backbone, preprocessor)
        if backbone.pooled_dense is not None:
            backbone.pooled_dense.trainable = False
        self.output_dense = logits_dense(2, backbone)
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
        self.part_words = part_words
        self.across_paragraphs = across_paragraphs

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, without the backbone and the preprocessor."""
        names = ("null_threshold", "n_best", "max_answer_tokens", "part_words", "across_paragraphs")
        return {name: getattr(self, name) for name in names}

    def head_places(self) -> list[checkpoints.Place]:
        """Returns the weights of the dense layer, by their names in Hugging Face folders."""
        return list(checkpoints.dense("qa_outputs", self.output_dense, self.backbone.hidden_dim))

    def divide_logits(self, temperature: float) -> None:
        """Divides the weights of the dense layer, and so all logits, by a temperature (Guo et al. 2017, section 4.2).

        The best span stays the best. Scores and null odds change, and so a null threshold has to be chosen anew.

        Args:
            temperature: The divisor, above 0.

        Raises:
            InputError: The temperature is not above 0.
        """
        if not 0 < temperature < float("inf"):
            raise InputError(f"a temperature must be above 0. Received: {temperature}")
        for weight in self.output_dense.weights:
            weight.assign(weight / temperature)

    def compile(self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any) -> None:
        """Configures training; see `BertTask.compile`. The default loss is the mean cross entropy of start and end."""
        if loss == "auto":
            kwargs = {"loss_weights": {"start": 0.5, "end": 0.5}} | kwargs
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def usual_loss(self) -> dict[str, keras.losses.Loss]:
        """Returns the cross entropies of the start and the end column."""
        return {name: keras.losses.SparseCategoricalCrossentropy(from_logits=True) for name in ("start", "end")}

    def usual_metrics(self) -> dict[str, list[keras.metrics.Metric]]:
        """Returns the accuracies of the start and the end column."""
        return {name: [keras.metrics.SparseCategoricalAccuracy(name="accuracy")] for name in ("start", "end")}

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts strings to windows with `SpanExtractorPreprocessor.call`; returns preprocessed inputs unchanged."""
        if (isinstance(x, dict) and "token_ids" in x) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

    def _check_call(self, method: str, question: Any = "", context: Any = "") -> None:
        self._check_preprocessor(method)
        if isinstance(question, str) and not isinstance(context, str):
            raise InputError(f"one question has one context, a text. Received: {context!r:.60}")
        for texts in (question, context):
            if not isinstance(texts, list | tuple | str):
                raise InputError(f"expected a text or a list of texts. Received: {texts!r:.60}")

    def _answer_chunk(self, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
        return answer_documents(self, documents, token_budget)

    @classmethod
    def from_preset(
        cls,
        preset: str,
        load_weights: bool = True,
        *,
        base: str | None = None,
        new_head: bool = False,
        null_threshold: float | None = None,
        max_length: int | None = None,
        window_overlap: int | None = None,
        max_question_length: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads a span extractor, or a backbone and puts a randomly initialized head on it.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
            new_head: Whether a preset without a span extractor gets a new head, rather than raising an error.
            null_threshold: The null odds above which there is no answer. `None` means the preset's own threshold. A
                Hugging Face folder has none; for a model that was trained on SQuAD 2.0, give one, e.g. 0.0.
            max_length: The maximum number of tokens in a window's row. `None` means the preset's own value; else
                384, or less if a Hugging Face folder's `model_max_length` or the number of positions is less.
            window_overlap: The number of tokens that neighbouring windows share. `None` means the preset's own value,
                or 128.
            max_question_length: The maximum number of tokens of a question. `None` means the preset's own value, or 64.
            dtype: The dtype or dtype policy, e.g. "mixed_bfloat16". `None` means Keras' default, whatever the preset
                was saved with.

        Returns:
            The span extractor.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken, hold no BERT, or hold no span extractor and `new_head` is false.
            InputError: `max_length` exceeds the number of positions or is too small, the preset has no preprocessor
                that the window arguments could apply to, or a base is given for a preset that is no adapter.
        """
        folder = checkpoints.locate(preset)
        checkpoints.check_base(folder, base)
        extractor = cls._loaded(folder, load_weights, new_head, dtype, base)
        extractor.preprocessor = cls._preprocessor_of(folder, base, max_length, window_overlap, max_question_length)
        if null_threshold is not None:
            extractor.null_threshold = float(null_threshold)
        return extractor

    @classmethod
    def _preprocessor_of(cls, folder: Path, base: str | None, *windows: int | None) -> SpanExtractorPreprocessor | None:
        own = checkpoints.kind(folder) == "bert_keras" and checkpoints.task_of(folder) == cls.__name__
        if not own or (folder / "preprocessor.json").exists():
            return SpanExtractorPreprocessor.from_preset(str(folder), *windows, base=base)
        if any(given is not None for given in windows):
            raise InputError(f"{folder}: windows are the preprocessor's, and the preset has none. Received: {windows}")
        return None

    @classmethod
    def _loaded(cls, folder: Path, load_weights: bool, new_head: bool, dtype: Any, base: str | None) -> Self:
        kind = checkpoints.kind(folder)
        if kind in ("bert_keras", "adapter") and checkpoints.task_of(folder) == cls.__name__:
            if kind == "adapter":
                return cls._from_adapter(folder, load_weights, dtype, base)
            return cls._from_own_preset(folder, load_weights, dtype)
        checkpoint = None if kind in ("bert_keras", "adapter") else checkpoints.read(folder, base)
        has_head = checkpoint is not None and checkpoints.SPAN_HEAD in checkpoint.tensors
        if not has_head and not new_head:
            held = f", but {checkpoint.other_head}" if checkpoint is not None and checkpoint.other_head else ""
            raise CheckpointError(
                f"{folder}: there is no trained span extractor in it{held}. Fine-tune one (bert-keras answer), or add "
                "new_head=True for a fresh head"
            )
        if checkpoint is None:
            return cls(BertBackbone.from_preset(str(folder), load_weights, base=base, dtype=dtype))
        extractor = cls(BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=False, dtype=dtype))
        if load_weights and has_head:
            checkpoints.assign_places(extractor.head_places(), checkpoint)
        return extractor
