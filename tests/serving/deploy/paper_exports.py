"""Exports that have a signature and a size, and no model."""

from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2


def write_paper_export(
    base: Path, inputs: tuple[str, ...] = ("text",), megabytes: float = 99, version: int = 1
) -> Path:
    """Writes a version whose files take that much, which the file system need not store; returns the model's folder."""
    saved = saved_model_pb2.SavedModel()
    signature = saved.meta_graphs.add().signature_def["serving_default"]
    for name in inputs:
        signature.inputs[name].name = f"{name}:0"
    folder = base / str(version)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    with (folder / "weights").open("wb") as file:
        file.truncate(int(megabytes * 1e6) - (folder / "saved_model.pb").stat().st_size)
    return base
