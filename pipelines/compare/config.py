"""The options of `bert-keras compare`."""

from dataclasses import dataclass

from bert_keras.errors import InputError

from ..command_line.options import option
from ..command_line.program import Program


@dataclass(frozen=True)
class CompareConfig:
    """Options of a comparison.

    Args:
        runs: Folders of finished runs (runs/NAME), two or more; the others are compared with the first.
        split: The rows to compare on: dev or test.
        examples: Maximum number of rows shown of each kind of difference.
        output: A file that the comparison is written to as well: .html, .md or .json.
    """

    runs: list[str] = option("RUN", positional=True)
    split: str = "dev"
    examples: int = 10
    output: str | None = option("FILE", None, written="file")

    def __post_init__(self) -> None:
        if len(self.runs) < 2:
            raise InputError(f"name two or more runs, as in runs/a runs/b. Received: {', '.join(self.runs)}")
        if len(set(self.runs)) < len(self.runs):
            raise InputError(f"a run is named twice. Received: {', '.join(self.runs)}")
        if self.examples < 0:
            raise InputError(f"--examples must not be below 0. Received: {self.examples}")


PROGRAM = Program(
    name="compare",
    description="Compares finished runs on the same rows: whether they differ by more than chance, and where.",
    config=CompareConfig,
    groups={"runs": ("runs", "split", "examples", "output")},
    examples=("compare runs/first runs/second", "compare runs/first runs/second --split test --output comparison.html"),
    tensorflow=False,
)
