"""Records from TensorBoard's data provider, with every claim of a log about itself checked."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tensorboard.context import RequestContext
from tensorboard.data.provider import BlobSequenceDatum, DataProvider, RunTagFilter

from bert_keras.tensorboard_plugin import PLUGIN_NAME
from bert_keras.tensorboard_plugin.refusal import Refusal

_MOST_BLOBS = 1_025  # a header and more layers than any model has
_ALL_STEPS = 1 << 30
_Steps = Mapping[str, Mapping[str, Sequence[BlobSequenceDatum]]]
_AGAIN = "write it again, or delete its file from the log folder"


class Blobs:
    """The readable records of an experiment.

    Args:
        provider: The data provider of TensorBoard.
        context: The context of the request.
        experiment: The id of the experiment.
    """

    def __init__(self, provider: DataProvider, context: RequestContext, experiment: str) -> None:
        self._provider = provider
        self._of_experiment = {"experiment_id": experiment, "plugin_name": PLUGIN_NAME}
        self._context = context

    def examples(self) -> dict[str, Any]:
        """Lists the records without reading them.

        Returns:
            `runs`, the steps by run and tag, with their time and number of layers; and `problems`, a list of messages.
        """
        runs: dict[str, dict[str, list[dict[str, Any]]]] = {}
        problems = []
        lengths = self._lengths()
        at_once = self._all_steps(lengths)
        for run, tag, length in ((run, tag, length) for run, tags in lengths.items() for tag, length in tags.items()):
            if not 2 <= length <= _MOST_BLOBS:
                problems.append(f"“{tag}” of run “{run}” holds no text with its attention; {_AGAIN}.")
                continue
            try:
                steps = self._steps(run, tag) if at_once is None else at_once.get(run, {}).get(tag, ())
            except Refusal as refusal:
                problems.append(str(refusal))
                continue
            listed = [
                {"step": datum.step, "wall_time": datum.wall_time, "layers": len(datum.values) - 1}
                for datum in steps
                if len(datum.values) > 1
            ]
            if len(listed) < len(steps):
                problems.append(
                    f"“{tag}” of run “{run}” has {len(steps) - len(listed)} steps without attention; {_AGAIN}."
                )
            if listed:
                runs.setdefault(run, {})[tag] = listed
        return {"runs": runs, "problems": problems}

    def header(self, run: str, tag: str, step: int) -> bytes:
        """Reads the header of a record.

        Args:
            run: The name of the run.
            tag: The tag of the text.
            step: The optimizer step.

        Returns:
            The header as UTF-8 JSON, of version 1, whose number of layers agrees with the number of blobs.

        Raises:
            Refusal: The record does not exist, or its header is not valid.
        """
        return self._header(self._datum(run, tag, step), f"“{tag}” of run “{run}” at step {step}")[0]

    def layer(self, run: str, tag: str, step: int, layer: int) -> bytes:
        """Reads the attention of a layer.

        Args:
            run: The name of the run.
            tag: The tag of the text.
            step: The optimizer step.
            layer: The index of the layer, from 0.

        Returns:
            The codes, one byte each, `[heads, tokens, tokens]`.

        Raises:
            Refusal: The layer does not exist, or its size disagrees with the header.
        """
        datum, name = self._datum(run, tag, step), f"“{tag}” of run “{run}” at step {step}"
        if not 0 <= layer < len(datum.values) - 1:
            raise Refusal(f"{name} has {len(datum.values) - 1} layers, numbered from 0. Received: layer {layer}")
        _, heads, tokens = self._header(datum, name)
        octets = self._read(datum, layer + 1, name)
        if len(octets) != heads * tokens * tokens:
            raise Refusal(
                f"{name} is damaged: layer {layer} has {len(octets)} octets, where {heads} heads of {tokens} tokens "
                f"take {heads * tokens * tokens}; {_AGAIN}.",
                400,
            )
        return octets

    def _lengths(self) -> dict[str, dict[str, int]]:
        """Returns the largest number of blobs per step by run and tag, without tags whose steps are all gone."""
        listed = self._provider.list_blob_sequences(self._context, **self._of_experiment) or {}
        lengths = {
            run: {tag: series.max_length for tag, series in tags.items() if series.max_length is not None}
            for run, tags in listed.items()
        }
        return {run: tags for run, tags in lengths.items() if tags}

    def _all_steps(self, lengths: dict[str, dict[str, int]]) -> _Steps | None:
        """Returns the steps of all tags from one request; `None` if each tag needs a request of its own.

        The fast loader takes 40 ms per request.
        """
        if any(length > _MOST_BLOBS for tags in lengths.values() for length in tags.values()):
            return None  # the slow loader would build a list of that many
        with contextlib.suppress(Exception):
            return self._read_steps(None)
        return None

    def _steps(self, run: str, tag: str) -> Sequence[BlobSequenceDatum]:
        try:
            return self._read_steps(RunTagFilter(runs=[run], tags=[tag])).get(run, {}).get(tag, ())
        except Exception as error:
            raise Refusal(f"“{tag}” of run “{run}” cannot be read ({error}); {_AGAIN}.", 400) from error

    def _read_steps(self, wanted: RunTagFilter | None) -> _Steps:
        read = self._provider.read_blob_sequences
        return read(self._context, **self._of_experiment, downsample=_ALL_STEPS, run_tag_filter=wanted) or {}

    def _datum(self, run: str, tag: str, step: int) -> BlobSequenceDatum:
        lengths = self._lengths()
        if run not in lengths:
            raise Refusal(
                f"there is no run “{run}” with texts. Runs are {_listed(lengths)}; "
                "reload the page to see what is there now."
            )
        if tag not in lengths[run]:
            raise Refusal(
                f"run “{run}” has no text “{tag}”. It has {_listed(lengths[run])}; "
                "reload the page to see what is there now."
            )
        if not 2 <= lengths[run][tag] <= _MOST_BLOBS:
            raise Refusal(f"“{tag}” of run “{run}” holds no text with its attention; {_AGAIN}.", 400)
        steps = {datum.step: datum for datum in self._steps(run, tag)}
        if step not in steps:
            raise Refusal(
                f"“{tag}” of run “{run}” has steps {_listed(steps)}. Received: {step}; TensorBoard keeps some where "
                f"they are many: start it with --samples_per_plugin={PLUGIN_NAME}=0 to have all."
            )
        return steps[step]

    def _header(self, datum: BlobSequenceDatum, name: str) -> tuple[bytes, int, int]:
        """Returns the header with its numbers of heads and tokens."""
        blob = self._read(datum, 0, name)
        try:
            header = json.loads(blob.decode(), parse_constant=_no_number)
            version = header["version"]
            if version == 1:
                layers, heads, tokens = header["layers"], header["heads"], len(header["tokens"]["pieces"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Refusal(
                f"{name} is no text with its attention, or damaged (its header cannot be read); {_AGAIN}.", 400
            ) from error
        if version != 1:
            raise Refusal(
                f"{name} was written by another version of bert_keras ({version!r:.20}, not 1); {_AGAIN}.", 400
            )
        if not (isinstance(heads, int) and isinstance(layers, int) and layers == len(datum.values) - 1):
            raise Refusal(
                f"{name} is damaged: it says {layers!r:.20} layers, and has {len(datum.values) - 1}; {_AGAIN}.", 400
            )
        return blob, heads, tokens

    def _read(self, datum: BlobSequenceDatum, place: int, name: str) -> bytes:
        try:
            blob = self._provider.read_blob(self._context, blob_key=datum.values[place].blob_key)
        except Exception as error:
            raise Refusal(f"{name} cannot be read ({error}); reload the page, or {_AGAIN}.", 400) from error
        if not isinstance(blob, bytes):
            raise Refusal(f"{name} is no text with its attention; {_AGAIN}.", 400)
        return blob


def _listed(names: Any) -> str:
    few = [str(name) for name in names][:12]
    return ", ".join(few) + (", …" if len(names) > len(few) else "") or "none"


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not in JSON")
