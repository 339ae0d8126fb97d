"""The options of `bert-keras behave`."""

from dataclasses import dataclass
from pathlib import Path

from bert_keras.errors import InputError

from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program

SENTIMENT = Path(__file__).with_name("tests") / "sentiment.yaml"
"""The tests in the box."""


@dataclass(frozen=True)
class BehaveConfig:
    """Options of a run of behavioural tests.

    Args:
        model: A classifier of single texts with one label each: a run (runs/NAME), an exported model, a preset, or a
            Hugging Face folder with a trained head.
        base: For an adapter: the model that it stands over, instead of the one that it names.
        tests: The tests, a YAML file (docs/audit.md describes it). Default: a small set for sentiment, in English.
        labels: The model's labels by the names that the tests have for them, as positive=1 negative=0.
        examples: Maximum number of failed cases shown of each test.
        output: A file that the results are written to as well: .json. A run keeps them too, for compare.
    """

    model: str = model_option()
    base: str | None = base_option()
    tests: str | None = file_option(None)
    labels: list[str] | None = option("NAME=LABEL", None)
    examples: int = 5
    output: str | None = option("FILE", None, written="file")

    def __post_init__(self) -> None:
        wrong = next((each for each in self.labels or () if not all(each.partition("=")[::2])), None)
        if wrong is not None:
            raise InputError(f"--labels are NAME=LABEL, as in positive=1. Received: {wrong}")
        if self.examples < 0:
            raise InputError(f"--examples must not be below 0. Received: {self.examples}")
        if self.output is not None and Path(self.output).suffix.lower() != ".json":
            raise InputError(f"--output must end with .json. Received: {self.output}")

    @property
    def names(self) -> dict[str, str]:
        """The model's labels by the names in the tests."""
        return dict(each.split("=", 1) for each in self.labels or ())


PROGRAM = Program(
    name="behave",
    description=(
        "Runs behavioural tests of a classifier: what must not change its label, what must, and what it must know at "
        "least. Exits with 1 if a test passes less often than it wants."
    ),
    config=BehaveConfig,
    groups={"model and tests": ("model", "base", "tests", "labels", "examples", "output")},
    examples=(
        "behave --model runs/reviews",
        "behave --model runs/sst2 --labels positive=1 negative=0 --tests tests.yaml --output behaviour.json",
    ),
)
