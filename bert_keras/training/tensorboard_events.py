"""Reads TensorBoard event files."""

from pathlib import Path

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import SessionLog
from tensorboard.util import tensor_util

from bert_keras.reporting import Curve


def read_scalars(folder: str | Path) -> dict[str, Curve]:
    """Reads the scalar curves in the event files of a folder.

    Args:
        folder: The folder, `tensorboard/train` or `tensorboard/dev` of a run. A resumed run has several event files.

    Returns:
        The curves by tag, without the points that a resumed process replaced.
    """
    curves: dict[str, dict[int, float]] = {}
    for path in sorted(Path(folder).glob("events.out.tfevents.*")):
        for event in EventFileLoader(str(path)).Load():
            if event.session_log.status == SessionLog.START:
                curves = {
                    tag: {step: value for step, value in curve.items() if step < event.step}
                    for tag, curve in curves.items()
                }
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name in ("scalars", ""):
                    curves.setdefault(value.tag, {})[event.step] = tensor_util.make_ndarray(value.tensor).item()
    return {tag: Curve(list(curve), list(curve.values())) for tag, curve in curves.items() if curve}
