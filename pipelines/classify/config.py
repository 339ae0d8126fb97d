"""The options of `bert-keras classify`."""

from dataclasses import dataclass, fields
from typing import Literal

from bert_keras.auditing.divisions import check_divisions
from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError
from bert_keras.training.distillation_recipe import DistillationRecipe
from bert_keras.training.recipe import Recipe

from ..command_line.idle_options import Idle, given_among, refuse_all_idle
from ..command_line.options import file_option, model_option, option
from ..command_line.program import Program
from ..training.config import LEARNING, LOOKS, PLACES, SPEED, WORKERS, LookingConfig, recipe_of

# Options about what a teacher says, which is there only with one.
OF_TEACHER = ("temperature", "teacher_weight", "states_weight")
# Options that mean something to plain fine-tuning alone: with others than their defaults, few rows are no reason for
# another method.
FINE_TUNING = (
    "epochs",
    "batch_size",
    "learning_rate",
    "warmup_share",
    "weight_decay",
    "clip_norm",
    "layer_decay",
    "patience",
    "stop_metric",
    "keep",
    "label_smoothing",
    "class_weights",
    "add_tokens",
    "teacher",
    "layers",
)


@dataclass(frozen=True)
class ClassifyConfig(LookingConfig):
    """Options of a text classifier's training.

    Args:
        train: The training data: files (csv, tsv, JSON lines, Parquet, xlsx, ...; text also .gz), patterns such as
            'part-*.csv', folders of parts, or TFDS names such as tfds:glue/sst2.
        dev: The development data, measured after each epoch and for the report.
        test: The test data, measured once at the end.
        task: single_label (one label per text), multi_label (any number of labels), or regression (a number, as in
            STS).
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        pair_column: Column with the second texts, for tasks on pairs of texts. Default: if no column is named, the
            second of two columns such as sentence1 and sentence2 or premise and hypothesis; otherwise none.
        label_column: Column with the labels, or for multi_label several columns of 0 and 1. Default: the first of the
            usual names (label, category, intent, ...).
        label_separator: What separates the labels of a row, for multi_label. Default: |, or else a comma or semicolon
            if it evidently does.
        label_names: Names of the places in lists of 0 and 1, for multi_label.
        missing_labels: What marks a missing label, beside an empty field. Default: NULL, nan, N/A and the like.
        merge_labels: Take labels that differ only in blanks, case, Unicode form or number format as one.
        corrections: A table that audit wrote, with its column filled in: labels of train to change, and rows to drop.
        annotators: Which labels count where several people labelled one text: majority (more than half of them), all
            (each a row of its own), or first.
        dialect: How delimited text is quoted: csv (quote marks doubled), spark (backslashes within quotes), escaped
            (backslash escapes, no quotes) or plain (neither). Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        max_length: Maximum number of tokens per row; longer rows are cut. Default: 256, or as many as the model has
            positions for.
        few_shot: always trains as SetFit does, for 4 to 64 rows a label: the encoder by contrast of the rows, so that
            those of a label come together, then a head on the mean of the tokens, fitted exactly. auto does so for up
            to 32 rows a label if the model is a sentence encoder and no option of plain fine-tuning is given. never
            fine-tunes as with many rows.
        layers: Number of the model's layers to keep, for a smaller and faster one.
        layers_from: Which layers are kept: even (evenly spaced, with the last), first or last.
        teacher: A trained classifier of the same labels, which the model learns from beside the labels: a run, an
            adapter, or a folder of Hugging Face's.
        unlabelled: More texts, without labels, in the columns of train. With --teacher, only the teacher says something
            about them. Without, for few_shot: a first training labels them, and a second one learns from the surest of
            each label too, which brings a point of accuracy or none: see what it says about dev.
        temperature: What the logits of model and teacher are divided by before they are compared. Default: 2.
        teacher_weight: Share of the loss that compares with the teacher's logits; the labels have the rest. Default:
            0.5.
        states_weight: Weight of the difference of hidden states from the teacher's, added to the loss. Default: 1 if
            both have states of one size, else 0.
        label_smoothing: Share of the target that is spread evenly over all labels.
        class_weights: none, balanced (every label has the same total weight), or a weight for each label.
        stop_metric: The score on dev that decides which epoch is best, e.g. macro_f1 or loss. Default: accuracy,
            micro_f1 or mae (the mean absolute error), by task.
        calibrate: auto fits on dev, after the training, how sure the answers are: a temperature for single_label,
            thresholds by label for multi_label; the model and its export keep it. none leaves it out.
        wanted_precision: The share of right answers for which a probability is found below which an answer is better
            left to a person, for single_label.
        slices: What dev is divided by in the report, to see where the model is worse: length, label, column:NAME,
            regex:PATTERN, cluster.
        learning_curve: Also train on an eighth, a quarter and a half of the rows, each as few_shot has it for so many
            rows, to say what more rows would bring; takes about as long as the training again.
    """

    task: Literal["single_label", "multi_label", "regression"] = "single_label"
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    label_column: str | list[str] | None = option("COLUMN", None)
    label_separator: str | None = option("TEXT", None)
    label_names: list[str] | None = option("NAME", None)
    missing_labels: list[str] | None = option("MARK", None)
    merge_labels: bool = False
    corrections: str | None = file_option(None)
    annotators: Literal["majority", "all", "first"] = "majority"
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    few_shot: Literal["auto", "always", "never"] = "auto"
    layers: int | None = None
    layers_from: Literal["even", "first", "last"] = "even"
    teacher: str | None = model_option(None)
    unlabelled: str | list[str] | None = file_option(None)
    temperature: float | None = None
    teacher_weight: float | None = None
    states_weight: float | None = None
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, float] = option("none|balanced|{LABEL: X, …}", "none")
    calibrate: Literal["auto", "none"] = "auto"
    wanted_precision: float = 0.99
    learning_curve: bool = False
    slices: list[str] | None = option("PART", None)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reading()
        if self.label_names is not None and self.task != "multi_label":
            raise InputError(f"--label_names names the places of lists, for --task multi_label. Received: {self.task}")
        refuse_all_idle(self, IDLE)
        if not 0 < self.wanted_precision <= 1:
            raise InputError(f"--wanted_precision must be above 0 and up to 1. Received: {self.wanted_precision}")
        if self.slices is not None:
            check_divisions("--slices", self.slices)
            if self.task == "regression":
                raise InputError("--slices count right and wrong labels, which a regression has not; leave them out")
        if self.corrections is not None and self.task != "single_label":
            raise InputError(f"--corrections are for --task single_label. Received: {self.task}")
        if self.few_shot == "always":
            self._check_few_shot()
        self._check_layers()
        self._check_teacher()

    def _check_layers(self) -> None:
        if self.layers is None and self.layers_from != "even":
            raise InputError(f"--layers_from says which layers are kept; add --layers N. Received: {self.layers_from}")
        if self.layers is not None and self.layers < 1:
            raise InputError(f"--layers must be 1 or above. Received: {self.layers}")
        if self.layers is not None and self.adapt == "lora":
            raise InputError(
                "--adapt lora keeps a whole model and a few megabytes beside it, and --layers makes another model; "
                f"leave one of both out. Received: --layers {self.layers}"
            )

    def _check_teacher(self) -> None:
        given = [name for name in OF_TEACHER if getattr(self, name) is not None]
        if self.teacher is None and given:
            value = getattr(self, given[0])
            raise InputError(f"--{given[0]} is about what a teacher says; add --teacher MODEL. Received: {value}")
        if self.teacher is None:
            self._check_unlabelled()
            return
        if self.learning_curve:
            raise InputError(
                "--learning_curve trains on parts of the rows, without a teacher; leave it or --teacher out. Received: "
                f"--teacher {self.teacher}"
            )
        if self.task == "regression" and self.temperature is not None:
            raise InputError(
                "--temperature softens probabilities, and a regression has numbers; leave it out. Received: "
                f"{self.temperature}"
            )
        taught_recipe(self, recipe_of(self))  # which checks its own values

    def _check_unlabelled(self) -> None:
        """Checks that rows without labels can be labelled by the model itself, as there is no teacher."""
        given = given_of_fine_tuning(self)
        if self.unlabelled is None:
            return
        if self.task != "single_label":
            raise InputError(
                "--unlabelled without --teacher gives each row one label, for --task single_label; add --teacher "
                f"MODEL, or leave it out. Received: --task {self.task}"
            )
        if self.few_shot == "never" or given:
            hindrance = f"--{given[0]} {getattr(self, given[0])}" if given else "--few_shot never"
            raise InputError(
                "--unlabelled is for a teacher or for few rows, and not for plain fine-tuning from labels; add "
                f"--teacher MODEL, or leave the other option out. Received: {hindrance}"
            )

    def _check_few_shot(self) -> None:
        if self.task == "regression":
            raise InputError(
                "--few_shot contrasts rows of different labels, and a regression has numbers; leave it out. Received: "
                f"--few_shot {self.few_shot}"
            )
        given = given_of_fine_tuning(self)
        if given:
            raise InputError(
                f"--{given[0]} is an option of plain fine-tuning, which --few_shot always replaces; leave one of both "
                f"out. Received: --{given[0]} {getattr(self, given[0])}"
            )

    def reading(self) -> Reading:
        """Returns the choices in how files are read.

        Raises:
            InputError: The separator is not one character.
        """
        return Reading(self.dialect, self.separator, self.annotators)


def taught_recipe(config: ClassifyConfig, given: Recipe, compares_states: bool = True) -> DistillationRecipe:
    """Returns the recipe of a training with a teacher.

    Args:
        config: The options.
        given: The recipe that the options of any training describe.
        compares_states: Whether there are hidden states to compare.

    Returns:
        The recipe.

    Raises:
        InputError: A value is out of range.
    """
    names = ("temperature", "teacher_weight", "states_weight")
    values = {name: value for name in names if (value := getattr(config, name)) is not None}
    if not compares_states:
        values["states_weight"] = 0.0
    return DistillationRecipe(**{of.name: getattr(given, of.name) for of in fields(given)} | values)


def given_of_fine_tuning(config: ClassifyConfig) -> list[str]:
    """Returns the options of plain fine-tuning that have another value than their default."""
    return given_among(config, FINE_TUNING)


IDLE = (
    Idle(
        ("label_separator",),
        lambda config: config.task != "multi_label",
        "is for --task multi_label, whose rows have several labels; leave one of both out",
    ),
    Idle(
        ("merge_labels",),
        lambda config: config.task == "regression",
        "is for labels, and a regression has none; leave it out",
    ),
    Idle(
        ("wanted_precision",),
        lambda config: config.task != "single_label" or config.calibrate == "none",
        "is found by --calibrate auto for --task single_label; leave it out",
    ),
    Idle(
        ("label_smoothing", "class_weights"),
        lambda config: config.teacher is not None and config.teacher_weight == 1,
        "is of labels, which --teacher_weight 1 leaves out",
    ),
)

PROGRAM = Program(
    name="classify",
    description=(
        "Fine-tunes a text classifier on your own data, evaluates it, and exports it as a SavedModel that takes raw "
        "strings."
    ),
    config=ClassifyConfig,
    groups={
        "data": (
            "train",
            "dev",
            "test",
            "text_column",
            "pair_column",
            "label_column",
            "task",
            "label_separator",
            "label_names",
            "missing_labels",
            "merge_labels",
            "corrections",
            "max_length",
        ),
        "how files are read": ("dialect", "separator", "annotators"),
        "model": (
            "model",
            "base",
            "add_tokens",
            "trainable",
            "adapt",
            "adapters_over",
            "rank",
            "layers",
            "layers_from",
        ),
        "learning from a larger model": ("teacher", *OF_TEACHER),
        "learning": ("few_shot", "unlabelled", *LEARNING, "class_weights", "label_smoothing"),
        "decisions": ("calibrate", "wanted_precision", "slices", "learning_curve"),
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "several processes and machines": WORKERS,
        "looking inside while it learns": LOOKS,
    },
    examples=(
        "classify --train train.tsv --dev dev.tsv --name reviews",
        "classify --train 'part-*.csv' --dev dev.jsonl --text_column body --label_column intent --epochs 5",
        "classify --train train.tsv --dev dev.tsv --teacher runs/reviews --model runs/reviews --layers 3 --name small",
        "classify --train train.tsv --dev dev.tsv --dry_run",
    ),
)
