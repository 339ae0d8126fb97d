"""What `check` can be told."""

from dataclasses import dataclass

from ..command_line.options import option
from ..command_line.program import Program


@dataclass(frozen=True)
class CheckConfig:
    """Options of a check.

    Args:
        path: The folder of an exported version, or a model's folder, of which the highest version is taken.
        runtime: A folder with another TensorFlow's tensorflow/ and tensorflow_text/, to run the export in; without it the
            installed ones.
    """

    path: str = option("PATH", positional=True)
    runtime: str | None = option("FOLDER", None)


PROGRAM = Program(
    name="check",
    description="Proves an export outside Python: loads and runs it through TensorFlow's C API, as TF Serving does.",
    config=CheckConfig,
    groups={"export": ("path", "runtime")},
    examples=("check saved_models/reviews", "check saved_models/reviews/3"),
    tensorflow=False,
)
