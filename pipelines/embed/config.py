"""The options of `bert-keras embed`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bert_keras.data.tables.reading import Reading
from bert_keras.errors import InputError

from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import file_option, model_option, option
from ..command_line.program import Program
from ..command_line.text_output import STANDARD_STREAM

ENDINGS = (".npy", ".jsonl", ".parquet")
AUTO = "auto"
_PAGE = ".html"
_FEWEST_CLUSTERS = 2


@dataclass(frozen=True)
class EmbedConfig:
    """Options of sentence vectors.

    Args:
        model: A model of sentence-transformers: minilm_l6_en_uncased, a folder, or hf://USER/MODEL. Pooling,
            normalisation, length and prompts are those that its folder says.
        prompt: The name of the prompt that stands before each text, for models that have some, such as document.
        max_length: Maximum number of tokens of a text; longer ones are cut. Default: the folder's.
        input: Files with columns (csv, tsv, JSON lines, Parquet, xlsx, ...; text also .gz), patterns such as
            'part-*.csv', folders of parts, TFDS names such as tfds:glue/sst2:test, or any other file with one text
            per line; - is standard input, one text per line. Every row gets a vector, one without text too.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        dialect: How delimited text is quoted: csv (quote marks doubled), spark (backslashes within quotes), escaped
            (backslash escapes, no quotes) or plain (neither). Default: found in the file.
        separator: The character between the columns of delimited text, e.g. ';' or tab. Default: found in the file.
        output: The file that vectors are written to: .npy (float32, a row for each text), .jsonl or .parquet (with
            the texts); - is standard output, as JSON lines.
        vectors: A .npy file that --output wrote, which --query searches where it lies, without embedding again. --input
            then names the texts that it was made of, to show those found; without it their numbers are shown.
        query: One or more texts whose nearest rows are shown.
        query_prompt: The name of the prompt that stands before each query, such as query.
        top: The number of rows that are shown for a query, and of pairs for --duplicates.
        duplicates: Show the pairs of rows whose cosine is at least this, the most similar first.
        clusters: The number of groups of rows that are alike, with the words that set each apart, or auto: one for 50
            rows, from 2 to 20.
        page: A page, .html, with the clusters and rows of each.
        projector: A folder below TensorBoard's log folder that the vectors are written to for its Projector.
        token_budget: Maximum number of tokens per forward pass, padding included.
    """

    model: str = model_option("minilm_l6_en_uncased")
    prompt: str | None = option("NAME", None)
    max_length: int | None = None
    input: str | list[str] = file_option(STANDARD_STREAM)
    text_column: str | None = option("COLUMN", None)
    dialect: Literal["csv", "spark", "escaped", "plain"] | None = None
    separator: str | None = option("CHARACTER", None)
    output: str | None = option("FILE", None, written="file")
    vectors: str | None = file_option(None)
    query: list[str] | None = option("TEXT", None)
    query_prompt: str | None = option("NAME", None)
    top: int = 10
    duplicates: float | None = None
    clusters: str | None = option("N|auto", None)
    page: str | None = option("FILE.html", None, written="file")
    projector: str | None = option("FOLDER", None, written="folder")
    token_budget: int = 4096

    def __post_init__(self) -> None:
        Reading(self.dialect, self.separator)  # which checks its own values
        for name in ("token_budget", "top"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} must be 1 or above. Received: {getattr(self, name)}")
        if self.duplicates is not None and not -1 <= self.duplicates <= 1:
            raise InputError(f"--duplicates is a cosine, from -1 to 1. Received: {self.duplicates}")
        if self.output not in (None, STANDARD_STREAM) and Path(str(self.output)).suffix.lower() not in ENDINGS:
            raise InputError(f"--output ends in {', '.join(ENDINGS)}, or is -. Received: {self.output}")
        if self.input == STANDARD_STREAM and self.text_column:
            raise InputError(
                "standard input has a text per line, and no columns; name a file with --input. "
                f"Received: the column {self.text_column}"
            )
        if self.query is not None and not all(text.strip() for text in self.query):
            raise InputError("--query needs a text. Received: a blank one")
        self._check_clusters()
        refuse_all_idle(self, IDLE)
        others = (self.output, self.projector, self.clusters, self.duplicates)
        if self.vectors is not None and (not self.query or any(other is not None for other in others)):
            raise InputError(
                "--vectors are searched by --query, and nothing else; to do more with texts, name --input alone. "
                f"Received: {self.vectors}"
            )
        if not self.query and all(other is None for other in others):
            raise InputError(
                "nothing would be done with the vectors; name an --output, a --query, --duplicates 0.95, --clusters "
                "auto, or a --projector folder"
            )

    def _check_clusters(self) -> None:
        number = str(self.clusters).isdecimal() and int(str(self.clusters)) >= _FEWEST_CLUSTERS
        if self.clusters not in (None, AUTO) and not number:
            raise InputError(f"--clusters is a number from 2, or auto. Received: {self.clusters}")
        if self.page is not None and Path(self.page).suffix.lower() != _PAGE:
            raise InputError(f"--page ends in {_PAGE}. Received: {self.page}")
        if self.page is not None and self.clusters is None:
            raise InputError(f"--page shows clusters; add --clusters auto. Received: {self.page}")

    @property
    def cluster_count(self) -> int:
        """The number of clusters; 0 for auto."""
        return int(self.clusters) if self.clusters not in (None, AUTO) else 0


IDLE = (
    Idle(("query_prompt",), lambda config: not config.query, "stands before each --query; add one"),
    Idle(
        ("prompt",),
        lambda config: config.vectors is not None,
        "stands before the texts of --input, whose vectors are there; leave it out",
    ),
    Idle(
        ("dialect", "separator"),
        lambda config: config.input == STANDARD_STREAM,
        "is of files, and standard input has a text per line",
    ),
    Idle(
        ("top",),
        lambda config: not config.query and config.duplicates is None,
        "is the number of rows that --query and --duplicates show; add one of them",
    ),
)

PROGRAM = Program(
    name="embed",
    description=(
        "Computes sentence vectors of texts: written for other programs, searched by a query, compared for near "
        "duplicates, clustered, or shown in TensorBoard's Projector."
    ),
    config=EmbedConfig,
    groups={
        "model": ("model", "prompt", "max_length"),
        "texts": ("input", "text_column", "dialect", "separator"),
        "what is done with the vectors": (
            "output",
            "query",
            "query_prompt",
            "top",
            "duplicates",
            "clusters",
            "page",
            "projector",
        ),
        "vectors that were written before": ("vectors",),
        "speed and memory": ("token_budget",),
    },
    examples=(
        "embed --input reviews.csv --output vectors.npy",
        'embed --input reviews.csv --query "the food came cold" --top 5',
        'embed --vectors vectors.npy --input reviews.csv --query "the food came cold"',
        "embed --input reviews.csv --duplicates 0.9",
        "embed --input reviews.csv --clusters auto --page clusters.html",
    ),
)
