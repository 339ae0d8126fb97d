"""The options of `bert-keras tag`."""

from dataclasses import dataclass

from bert_keras.data.tags.reading import TagReading

from ..command_line.options import option
from ..command_line.program import Program
from ..training.config import LEARNING, PLACES, SPEED, WORKERS, TrainingConfig


@dataclass(frozen=True)
class TagConfig(TrainingConfig):
    """Options of a token classifier's training.

    Args:
        train: The training data: files of columns with a word and its tag a line (CoNLL; IOB, BIOES or plain tags),
            JSON lines or JSON of doccano, spaCy, Prodigy or Label Studio, or with tokens and their tags; patterns such
            as 'part-*.jsonl'.
        dev: The development data, measured after each epoch and for the report.
        test: The test data, measured once at the end.
        word_column: In files of columns the column of words, counted from 1, or from the end with -1. Default: the
            first, or the second behind a column of running numbers.
        tag_column: In files of columns the column of tags, counted likewise. Default: the last.
        text_column: In JSON the key of the texts. Default: the first of the usual names (text, sentence, ...).
        max_length: Maximum number of tokens per window; texts may be of any length. Default: 384, or as many as the
            model has positions for.
        window_overlap: Number of tokens that neighbouring windows share. Default: 128, or a third of shorter windows.
        stop_metric: The score on dev that decides which epoch is best: micro_f1, macro_f1, word_accuracy or loss.
            Default: micro_f1.
    """

    batch_size: int = 16
    word_column: int | None = None
    tag_column: int | None = None
    text_column: str | None = option("KEY", None)
    window_overlap: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reading  # noqa: B018  (which checks its own values)

    @property
    def reading(self) -> TagReading:
        """How files are read."""
        return TagReading(self.word_column, self.tag_column, self.text_column)


PROGRAM = Program(
    name="tag",
    description=(
        "Trains a model that finds entities in texts, such as people and places, scores it as seqeval does, and "
        "exports it as a SavedModel that takes raw strings."
    ),
    config=TagConfig,
    groups={
        "data": (
            "train",
            "dev",
            "test",
            "word_column",
            "tag_column",
            "text_column",
            "max_length",
            "window_overlap",
        ),
        "model": ("model", "base", "add_tokens", "trainable", "adapt", "adapters_over", "rank"),
        "learning": LEARNING,
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "several processes and machines": WORKERS,
    },
    examples=(
        "tag --train train.conll --dev dev.conll --name names",
        "tag --train annotated.jsonl --dev dev.jsonl --epochs 5",
        "tag --train train.conll --dev dev.conll --dry_run",
    ),
)
