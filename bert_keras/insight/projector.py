"""Runs of TensorBoard's embedding projector, written from sets of vectors.

The projector reads a run only if an event file lies beside its configuration, and fails as a whole if one tensor of one
run cannot be read. Vectors are raw little-endian float32, with their shape in the configuration; metadata is a table,
bookmarks are JSON.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from bert_keras.errors import InputError
from bert_keras.event_files.writer import EventWriter
from bert_keras.files.atomic import replaced_folder
from bert_keras.insight.embedding_set import FEWEST, Column, EmbeddingSet
from bert_keras.insight.pca import MOST_DIMENSIONS, principal_components
from bert_keras.insight.projector_bookmarks import bookmarks
from bert_keras.insight.projector_metadata import MOST_COLOURS, NEXT, few_values, table

MOST_POINTS = 100_000
CONFIG_FILE = "projector_config.pbtxt"
_OURS = re.compile(r"projector_config\.pbtxt|\d{3}\.(bytes|tsv|json)|events\.out\.tfevents\..*")
_UNSAFE = re.compile(r"[^A-Za-z0-9 ,.()\[\]_-]")  # the projector does not escape names in URLs


def write_projector(folder: str | Path, sets: Iterable[EmbeddingSet], step: int = 0) -> list[Path]:
    """Writes sets of vectors for TensorBoard's projector, with a run for each group and a tensor for each set.

    More than 100,000 points are sampled, and more than 200 dimensions are reduced to 200 principal components; the name
    of the tensor says what was left out and how much of the variance is kept. An existing group is replaced as a whole.

    Args:
        folder: A folder below TensorBoard's log folder; the run of each group is a subfolder.
        sets: The sets. Those of one group may come in any order, as the projector sorts them by points and then by
            name.
        step: The optimizer step of the vectors.

    Returns:
        The folders of the runs.

    Raises:
        InputError: There is no set, a set fails `EmbeddingSet.check`, or a folder has a name that the projector cannot
            request or holds other files.
    """
    groups: dict[str, list[EmbeddingSet]] = {}
    for each in sets:
        each.check()
        groups.setdefault(each.group, []).append(each)
    if not groups:
        raise InputError("the projector needs at least one set of vectors. Received: none")
    runs = {Path(folder) / group: of for group, of in groups.items()}
    for run in runs:
        _check_folder(run)
    for run, of in runs.items():
        _write_run(run, of, step)
    return list(runs)


def _check_folder(run: Path) -> None:
    for name in (run.parent.name, run.name):
        if _UNSAFE.search(name):
            raise InputError(
                f"{run}: the projector can only ask for runs named with letters, digits, blanks and ,.()[]_-. "
                f"Received: {name!r}"
            )
    if run.exists() and not run.is_dir():
        raise InputError(f"{run} is a file; name another folder for the projector")
    others = sorted(path.name for path in run.iterdir() if not _OURS.fullmatch(path.name)) if run.is_dir() else []
    if others:
        raise InputError(
            f"{run} holds files that are not the projector's ({others[0]}), and would be replaced; name another folder"
        )


def _write_run(run: Path, sets: Sequence[EmbeddingSet], step: int) -> None:
    config = ProjectorConfig()
    about = [["vectors", "points", "left out", "dimensions", "variance kept"]]
    with replaced_folder(run) as aside:
        for place, each in enumerate(sets):
            about.append(_write_set(aside, place, each, config))
        (aside / CONFIG_FILE).write_text(text_format.MessageToString(config), encoding="utf-8")
    # Last of all: the event file is what makes the folder a run for TensorBoard.
    EventWriter(run).table(step, "projector", about)


def _write_set(folder: Path, place: int, whole: EmbeddingSet, config: ProjectorConfig) -> list[str]:
    """Writes the files of a set and its entry in the configuration; returns its row of the summary table."""
    kept = whole.sample(MOST_POINTS)
    vectors, variance = _at_most_200_dimensions(kept.vectors)
    columns, coloured_by = _columns(kept)
    named = {
        "tensor_path": f"{place:03}.bytes",
        "metadata_path": f"{place:03}.tsv",
        "bookmarks_path": f"{place:03}.json",
    }
    (folder / named["tensor_path"]).write_bytes(octets(vectors))
    (folder / named["metadata_path"]).write_text(table(columns), encoding="utf-8", newline="\n")
    states = bookmarks((vectors.shape[0], vectors.shape[1]), next(iter(columns)), coloured_by)
    (folder / named["bookmarks_path"]).write_text(states, encoding="utf-8")
    taken = {embedding.tensor_name for embedding in config.embeddings}
    name = _tensor_name(kept, variance, taken)
    config.embeddings.add(tensor_name=name, tensor_shape=vectors.shape, **named)
    dimensions = str(vectors.shape[1]) if variance is None else f"{vectors.shape[1]} of {whole.vectors.shape[1]}"
    return [
        kept.name,
        f"{len(vectors):,}",
        f"{kept.left_out:,}",
        dimensions,
        "all" if variance is None else f"{variance:.2%}",
    ]


def _at_most_200_dimensions(vectors: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Returns vectors along their principal components and the share of variance kept, `None` for all of it.

    Few dimensions are rotated as well: below 50 the projector does not centre vectors, so its "PCA" is not a PCA.
    """
    points, dimensions = vectors.shape
    most = min(MOST_DIMENSIONS, max(FEWEST, points - 1))  # n points differ in at most n - 1 directions
    found = principal_components(vectors, most)
    return found.project(vectors), None if dimensions <= MOST_DIMENSIONS else found.kept


def octets(vectors: np.ndarray) -> bytes:
    """Encodes vectors as a file that TensorBoard recognizes as binary.

    TensorBoard tries to read each file as a text of numbers first, and falls back to binary only if the first line is
    not valid UTF-8; if that line happens to be valid, the whole projector fails. Where needed, the first byte, which
    holds the last digits of the first number, is replaced by one that cannot begin UTF-8: a change of at most 2 to the
    power of -16.

    Args:
        vectors: The vectors, `[points, dimensions]`.

    Returns:
        The numbers as little-endian float32, row by row.
    """
    written = bytearray(np.ascontiguousarray(vectors, "<f4").tobytes())
    try:
        written[: written.find(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return bytes(written)
    written[0] = 0x80 if written[0] < 0x80 else 0xBF
    return bytes(written)


def _columns(kept: EmbeddingSet) -> tuple[dict[str, Column], list[str]]:
    """Returns the columns of the table, and the names of those to colour by, most important first."""
    columns: dict[str, Column] = {}
    coloured_by: list[str] = []
    for place, (name, values) in enumerate(kept.columns.items()):
        columns[name] = values
        few = few_values(values)
        if name == kept.colour:
            if few is not values:
                name = f"{name} (most frequent)"
                columns[name] = few
            coloured_by.insert(0, name)
        elif place and name != NEXT and few is values and _tells_groups(values):
            coloured_by.append(name)
    columns["norm"] = np.linalg.norm(kept.vectors.astype(np.float64), axis=1).tolist()
    if len(columns) == 1:
        columns = {"point": [float(place) for place in range(len(kept.vectors))], **columns}
    return columns, coloured_by or ["norm"]


def _tells_groups(values: Column) -> bool:
    """Returns whether a column holds few different texts, or few different whole numbers such as steps."""
    return len(set(values)) <= MOST_COLOURS and all(
        isinstance(value, str) or float(value).is_integer() for value in values
    )


def _tensor_name(kept: EmbeddingSet, variance: float | None, taken: set[str]) -> str:
    parts = [kept.name]
    if variance is not None:
        parts.append(f"PCA keeps {100 * variance:.1f} percent of variance")
    if kept.left_out:
        parts.append(f"{kept.left_out:,} of {kept.left_out + len(kept.vectors):,} points left out")
    name = _UNSAFE.sub("_", " - ".join(parts))
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique
