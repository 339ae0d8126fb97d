"""The options of `bert-keras check`."""

from dataclasses import dataclass

from ..command_line.options import option
from ..command_line.program import Program


@dataclass(frozen=True)
class CheckConfig:
    """Options of a check.

    Args:
        path: Folder of an exported version, or of an exported model, whose highest version is taken.
        runtime: Folder with the tensorflow/ and tensorflow_text/ of another TensorFlow, to run the export in. Default:
            the installed ones.
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
