"""The options of `bert-keras deploy`."""

from dataclasses import dataclass

from bert_keras.errors import InputError

from ..command_line.options import option
from ..command_line.program import Program


@dataclass(frozen=True)
class DeployConfig:
    """Options of a deployment.

    Args:
        name: Name of an exported model.
        saved_models: Folder of the exported models.
        out: Folder under which a folder of the model's name is written.
        overwrite: Whether a folder that is there already is replaced, with all that was changed in it.
        requests_per_second: Requests that arrive in the busiest minute.
        cores: Cores of a server.
        milliseconds: Processor time of a usual request. Default: measured here, of a sentence of 19 words, or of a
            question on a paragraph of 190.
        model_megabytes: Memory that a version of the model takes at most. Default: measured here.
    """

    name: str = option("NAME", positional=True)
    saved_models: str = option("FOLDER", "saved_models")
    out: str = option("FOLDER", "deploy", written="folder")
    overwrite: bool = False
    requests_per_second: float = 20.0
    cores: int = 2
    milliseconds: float | None = None
    model_megabytes: int | None = None

    def __post_init__(self) -> None:
        for name in ("requests_per_second", "cores", "milliseconds", "model_megabytes"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InputError(f"--{name} must be a number above 0. Received: {value}")


PROGRAM = Program(
    name="deploy",
    description="Writes files for TF Serving on Docker and Kubernetes, sized for an exported model, and says how.",
    config=DeployConfig,
    groups={
        "model": ("name", "saved_models"),
        "files": ("out", "overwrite"),
        "sizes": ("requests_per_second", "cores", "milliseconds", "model_megabytes"),
    },
    examples=("deploy reviews", "deploy reviews --requests_per_second 200 --cores 4"),
    tensorflow=False,
)
