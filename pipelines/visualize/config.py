"""The options of `bert-keras visualize`."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.data.tags.reading import TagReading
from bert_keras.errors import InputError

from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program
from .flags import heads_of, layers_of, methods_of, replacements_of

OF_COLUMNS = (
    "text_column",
    "pair_column",
    "label_column",
    "word_column",
    "tag_column",
    "label_separator",
    "dialect",
    "separator",
)
"""Options of files with columns, which files of questions have not."""
_OF_INPUT = (*OF_COLUMNS, "limit")
_TYPED = ("text", "question", "input")


@dataclass(frozen=True)
class VisualizeConfig:
    """Options of a look inside a model.

    Args:
        model: A classifier, reader, tagger or masked language model: a run (runs/NAME), a preset such as
            minilm_l6_en_squad2, a folder of transformers, PEFT, KerasHub or Google's code with a trained head, or
            hf://USER/MODEL. For a run, the default input is its dev data, and those rows are shown that it gets wrong.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        text: One or more texts to look at; for a masked language model, with [MASK] for each mask.
        pair: Second texts, one for each --text; for a reader, whose --text is a question, the context.
        question: For a reader: one or more questions about --context.
        context: For a reader: a text file of any length.
        input: A file whose rows are looked at: .tsv, .csv, .jsonl (also .gz), a TFDS name, or any other file with one
            text per line; for a reader a .json file in SQuAD format, or a .jsonl file of objects with question and
            context; for a tagger also what it was trained on, JSON and .conll. Labels in the file are shown as the
            true ones.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        pair_column: Column with the second texts, for a model of pairs. Default: the usual partner of the column of
            texts (sentence2, hypothesis, question2, ...), or pair. A model of single texts reads none.
        label_column: Column with the labels. Default: the first of the usual names (label, category, intent, ...), if
            there is one.
        word_column: For a tagger, in files of columns the column of words, counted from 1, or from the end with -1.
            Default: the first, or the second behind a column of running numbers.
        tag_column: For a tagger, in files of columns the column of tags, counted likewise. Default: the last.
        label_separator: What separates the labels of a row, where there may be several. Default: |, or else a comma or
            semicolon if it evidently does.
        dialect: How delimited text is quoted: csv (quote marks doubled), spark (backslashes within quotes), escaped
            (backslash escapes, no quotes) or plain (neither). Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        choose: Which rows of --input are shown: the first ones, or the ones that the model gets wrong, most confident
            first.
        limit: Maximum number of rows of --input that are shown.
        label: The label that is explained; of a mask a token, of an entity a type. Default: the predicted one.
        against: A second label: explain why --label and not this one.
        methods: Attribution methods: raw, rollout, gradient, norm, integrated_gradients, shapley. Default: all but
            shapley, which takes hundreds of forward passes.
        mask_words: Predict with each word masked in turn, one forward pass per word. Default: in texts of more than 64
            words each sentence first, then each word of the sentences that count. false leaves both out.
        layers: For --embeddings and --figures: the layers whose outputs are taken, 0 for the input embeddings. Default:
            all layers for figures; first, middle and last for the Projector.
        replace: What if: "movie=film" replaces each movie by film, and shows both.
        mask_heads: What if: attention heads to switch off, as layer.head, numbered from 0 as in the Attention tab:
            "3.5,2.1".
        compare: Other models to look at the same texts with.
        export: An exported model whose predictions are compared with the model's. Default: that of the run,
            saved_models/NAME, if it exists.
        null_threshold: For a reader: log-odds of "no answer" against the best span above which no answer is given.
        embeddings: Also write embeddings of all rows of --input, of their words and of the vocabulary for TensorBoard's
            Projector.
        neighbours: For a classifier's run: the number of training rows among which the nearest are looked for of each
            predicted row, a random sample if there are more; the tab's table of rows shows them, and a picture of
            the predicted rows. 0 leaves both out.
        logdir: Log folder for TensorBoard, with a subfolder for each model. Default: runs/NAME/insight. Earlier logs
            of this program for the same model are replaced.
        html: A file that the same views are written to as one offline page.
        figures: A folder that figures for papers are written to, as PDF, SVG and PNG.
        open: Start TensorBoard, and wait until Ctrl-C.
        port: Port of TensorBoard; 0 takes any free one.
    """

    model: str = model_option()
    base: str | None = base_option()
    text: list[str] | None = option("TEXT", None)
    pair: list[str] | None = option("TEXT", None)
    question: list[str] | None = option("QUESTION", None)
    context: str | None = file_option(None)
    input: str | list[str] | None = file_option(None)
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    label_column: str | list[str] | None = option("COLUMN", None)
    word_column: int | None = None
    tag_column: int | None = None
    label_separator: str | None = option("TEXT", None)
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    choose: Literal["first", "wrong"] | None = None
    limit: int = 8
    label: str | None = option("LABEL", None)
    against: str | None = option("LABEL", None)
    methods: list[str] | None = option("METHOD", None)
    mask_words: bool | None = None
    layers: list[str] | None = option("LAYER", None)
    replace: list[str] | None = option("OLD=NEW", None)
    mask_heads: str | None = option("LAYER.HEAD,…", None)
    compare: list[str] | None = model_option(None)
    export: str | None = option("FOLDER", None)
    null_threshold: float | None = None
    embeddings: bool = False
    neighbours: int = 10_000
    logdir: str | None = option("FOLDER", None, written="folder")
    html: str | None = option("FILE", None, written="file")
    figures: str | None = option("FOLDER", None, written="folder")
    open: bool = False
    port: int = 6006

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise InputError(f"--limit must be 1 or above. Received: {self.limit}")
        if self.neighbours < 0:
            raise InputError(f"--neighbours must be 0 or above. Received: {self.neighbours}")
        if self.null_threshold is not None and math.isnan(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")
        if not 0 <= self.port <= 65535:
            raise InputError(f"--port must be from 0 to 65535. Received: {self.port}")
        if self.html is not None and not self.html.lower().endswith((".html", ".htm")):
            raise InputError(f"--html names a file that ends with .html. Received: {self.html}")
        if self.against is not None and self.label in (None, self.against):
            raise InputError(
                f"--against needs another --label: --label A --against B explains why A and not B. "
                f"Received: --label {self.label or '(none)'} --against {self.against}"
            )
        self._check_what_to_look_at()
        TagReading(self.word_column, self.tag_column)  # which checks its own values
        methods_of(self.methods)
        layers_of(self.layers)
        heads_of(self.mask_heads)
        replacements_of(self.replace)
        refuse_all_idle(self, IDLE)

    def _check_what_to_look_at(self) -> None:
        given = [f"--{name}" for name in _TYPED if getattr(self, name) is not None]
        if len(given) > 1:
            raise InputError(f"one of {' and '.join(given)} is enough: each says what to look at; leave the others out")
        if (self.question is None) != (self.context is None):
            there, missing = ("--context", "--question") if self.question is None else ("--question", "--context")
            raise InputError(f'{there} needs {missing}: ask with --question "…" --context FILE')
        if self.pair is not None and len(self.pair) != len(self.text or ()):
            raise InputError(
                f"each --text needs its --pair. Received: {len(self.text or ())} texts, {len(self.pair)} pairs"
            )
        if self.choose is not None and (self.text is not None or self.question is not None):
            raise InputError(f"--choose picks rows of --input; leave it out. Received: {self.choose}")
        if self.embeddings and (self.text is not None or self.question is not None):
            raise InputError("--embeddings are of all rows of --input; name a file with --input")


IDLE = (
    Idle(
        _OF_INPUT,
        lambda config: config.text is not None or config.question is not None,
        "is about --input; leave it out",
    ),
    Idle(
        ("layers",),
        lambda config: not config.embeddings and config.figures is None,
        "is for --embeddings and --figures; add one of them",
    ),
    Idle(("port",), lambda config: not config.open, "is that of TensorBoard, which --open starts; add it"),
)

PROGRAM = Program(
    name="visualize",
    description=(
        "Looks inside a model: which words decided and which heads carry it; for TensorBoard, as one offline page, and "
        "as figures."
    ),
    config=VisualizeConfig,
    groups={
        "model": ("model", "base", "compare", "export"),
        "what to look at": ("text", "pair", "question", "context", "input", "choose", "limit"),
        "columns of --input": OF_COLUMNS,
        "what is computed": (
            "label",
            "against",
            "methods",
            "mask_words",
            "embeddings",
            "layers",
            "neighbours",
            "null_threshold",
        ),
        "what if": ("replace", "mask_heads"),
        "where it is shown": ("open", "port", "logdir", "html", "figures"),
    },
    examples=(
        "visualize --model runs/reviews --open",
        'visualize --model runs/reviews --text "Not one dull minute." --replace dull=bright --html look.html',
        'visualize --model minilm_l6_en_squad2 --context report.txt --question "Who wrote it?"',
    ),
)
