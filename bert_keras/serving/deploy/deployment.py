"""The files of a deployment, made of templates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from google.protobuf.message import DecodeError

from bert_keras.errors import ExportError, InputError
from bert_keras.files import replaced_folder
from bert_keras.serving.deploy.sizing import Kind, Sizing
from bert_keras.serving.server.protos import SavedModel
from bert_keras.serving.versions import SAVED_MODEL, version_folder, versions

TEMPLATES = Path(__file__).parent / "templates"
SERVING_IMAGE = "tensorflow/serving:2.19.1"
# A name becomes a part of names in Kubernetes, which are labels of DNS of at most 63 characters, and of paths.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,46}[A-Za-z0-9])?")
# TF Serving gives a request over REST 30 s; a document of 100 kB takes a reader about 20 s of processor time.
_TIMEOUT_SECONDS: dict[Kind, int] = {"classifier": 60, "reader": 300}
# What exports do that take texts as classifiers do, by an output that only they have.
_OTHERS = {"entities": "finds entities", "masks": "fills masks"}


@dataclass(frozen=True)
class Deployment:
    """A model, and the sizes with which it is deployed.

    Attributes:
        name: The name of the model.
        kind: What it does.
        versions: The versions in its folder.
        sizing: The sizes.
    """

    name: str
    kind: Kind
    versions: tuple[int, ...]
    sizing: Sizing

    def files(self) -> dict[str, str]:
        """Returns the text of each file by its path in the folder of the deployment."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            # Files of Grafana and Prometheus have braces of their own.
            variable_start_string="<<",
            variable_end_string=">>",
        )
        paths = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())
        return {path: environment.get_template(path).render(self._values()) for path in paths}

    def write(self, folder: str | Path) -> list[Path]:
        """Writes the files.

        Args:
            folder: The folder, which is replaced as a whole.

        Returns:
            The paths of the files.
        """
        folder = Path(folder)
        files = self.files()
        with replaced_folder(folder) as aside:
            for path, text in files.items():
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                (aside / path).write_text(text, encoding="utf-8")
        return [folder / path for path in files]

    def _values(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            "resource": f"serving-{re.sub('[._]', '-', self.name.lower())}",
            "kind": self.kind,
            "latest": self.versions[-1],
            "sizing": self.sizing,
            "image": SERVING_IMAGE,
            "timeout_seconds": _TIMEOUT_SECONDS[self.kind],
            "command": (
                f"bert-keras deploy {self.name} --requests_per_second {self.sizing.requests_per_second:g} "
                f"--cores {self.sizing.cores} --milliseconds {self.sizing.milliseconds:g} "
                f"--model_megabytes {self.sizing.model_megabytes}"
            ),
        }


def deployment_of(
    base: str | Path,
    *,
    milliseconds: float,
    model_megabytes: int,
    requests_per_second: float = 20.0,
    cores: int = 2,
) -> Deployment:
    """Sizes the deployment of a model.

    Args:
        base: The model's folder, whose name is the model's, such as `saved_models/reviews`.
        milliseconds: The processor time of a usual request, see `footprint_of`.
        model_megabytes: The memory that a version takes at most, see `footprint_of`.
        requests_per_second: The requests that arrive in the busiest minute.
        cores: The cores of a server.

    Returns:
        The deployment.

    Raises:
        InputError: The name of the folder cannot be a name in Kubernetes, or a number is not above 0.
        ExportError: The folder holds no versions of a classifier or reader.
    """
    base = Path(base)
    name = checked_name(base.name)
    folder = version_folder(base)
    kind = kind_of(folder)
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    sizing = Sizing(kind, megabytes, model_megabytes, milliseconds, requests_per_second, cores)
    found = tuple(versions(base))
    if not found:
        raise ExportError(f"{base}: a version. Name the model's folder, which holds the versions")
    return Deployment(name, kind, found, sizing)


def checked_name(name: str) -> str:
    """Checks a model's name before it goes into files.

    Args:
        name: The name.

    Returns:
        The name.

    Raises:
        InputError: It has other letters than those of names in Kubernetes and of paths, or too many.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "the name of a deployed model has at most 48 letters of ASCII, digits, dots, hyphens and underscores, and "
            f"begins and ends with a letter or digit: export it under such a name. Received: {name!r:.80}"
        )
    return name


def kind_of(folder: Path) -> Kind:
    """Finds what an export does, by the inputs of its signature.

    Args:
        folder: The folder of a version.

    Returns:
        "classifier" or "reader".

    Raises:
        ExportError: It is another SavedModel, or none.
    """
    try:
        saved = SavedModel.FromString((folder / SAVED_MODEL).read_bytes())
    except DecodeError as error:
        raise ExportError(f"{folder / SAVED_MODEL} is no SavedModel: {error}") from error
    signatures = [meta.signature_def["serving_default"] for meta in saved.meta_graphs if meta.signature_def]
    inputs = {name for signature in signatures for name in signature.inputs}
    outputs = {name for signature in signatures for name in signature.outputs}
    other = next((does for name, does in _OTHERS.items() if name in outputs), None)
    if other is not None:
        raise ExportError(
            f"{folder}: the export {other}, and only classifiers and readers are sized; bert-keras serve runs it, and "
            "TF Serving as any SavedModel"
        )
    if inputs == {"question", "context"}:
        return "reader"
    if inputs in ({"text"}, {"text", "pair"}):
        return "classifier"
    raise ExportError(
        f"{folder}: neither a classifier of strings nor a reader. Received: inputs {sorted(inputs)} of serving_default"
    )
