"""Writes files for TF Serving on Docker and Kubernetes, sized for an exported model, and says how they were sized."""

import math
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
    milliseconds, model_megabytes = _measured(base, config)
    deployment = deployment_of(
        base,
        milliseconds=milliseconds,
        model_megabytes=model_megabytes,
        requests_per_second=config.requests_per_second,
        cores=config.cores,
    )
    files = deployment.write(folder)
    _show(deployment, folder, len(files))


def _measured(base: Path, config: DeployConfig) -> tuple[float, int]:
    """Returns the processor time of a request and the memory of a version, measured where they are not given."""
    from bert_keras.serving.deploy import footprint_of, kind_of

    if config.milliseconds is not None and config.model_megabytes is not None:
        return config.milliseconds, config.model_megabytes
    kind = kind_of(version_folder(base))
    found = footprint_of(base)
    milliseconds = config.milliseconds or round(found.milliseconds(kind), 1)
    megabytes = config.model_megabytes or math.ceil(found.model_megabytes)
    console.print(f"here     {milliseconds:g} ms of processor time for a usual request, {megabytes} MB for a version")
    return milliseconds, megabytes


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
