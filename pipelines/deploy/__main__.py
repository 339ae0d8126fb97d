"""Writes files for TF Serving on Docker and Kubernetes, sized for an exported model, and says how they were sized."""

from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras.errors import InputError
from bert_keras.serving.versions import version_folder

from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, DeployConfig

if TYPE_CHECKING:
    from bert_keras.serving.deploy import Deployment


def main(config: DeployConfig) -> None:
    """Writes the files of a model, and prints the arithmetic."""
    from bert_keras.serving.deploy import checked_name, deployment_of

    base = Path(config.saved_models, checked_name(config.name))
    version_folder(base)  # a name that is wrong is told before anything is measured
    folder = Path(config.out, config.name)
    if folder.exists() and not config.overwrite:
        raise InputError(f"{folder} is there already: --overwrite replaces it, or name another folder with --out")
    deployment = deployment_of(
        base,
        milliseconds=config.milliseconds or _measured(base),
        requests_per_second=config.requests_per_second,
        cores=config.cores,
    )
    files = deployment.write(folder)
    _show(deployment, folder, len(files))


def _measured(base: Path) -> float:
    from bert_keras.runtime.tensorflow_import import import_tensorflow

    import_tensorflow()
    from bert_keras.serving.deploy import processor_milliseconds

    milliseconds = round(processor_milliseconds(base), 1)
    console.print(f"time     {milliseconds:g} ms of processor time for a usual request, measured here")
    return milliseconds


def _show(deployment: "Deployment", folder: Path, count: int) -> None:
    sizing = deployment.sizing
    console.print(f"model    {deployment.name}: a {deployment.kind}, version {deployment.versions[-1]}")
    console.print(f"memory   {sizing.model_arithmetic}")
    console.print(f"         {sizing.memory_arithmetic}")
    console.print(f"         {sizing.headroom_arithmetic}")
    console.print(f"load     {sizing.rate_arithmetic}")
    console.print(f"servers  {sizing.server_arithmetic}")
    console.print(f"files    {count} in {folder}: README.md says what they are")


if __name__ == "__main__":
    run(PROGRAM, main)
