"""A model without dropout as a function, which is traced only if it is called more than once."""

import functools
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.models.frozen_pass import FrozenPass, can_freeze
from bert_keras.text import MOST_ROWS, passes_by_length

_MANY = 20  # passes, from which on it pays to trace another graph
_INPUTS = {name: tf.TensorSpec([None, None], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}


class ForwardPass:
    """Runs a model's first pass op by op, and the following ones as a traced graph.

    To trace a BERT-base takes longer than several passes, and a process that answers once needs no graph. A graph fuses
    kernels, so that the last bit may be another one: what must repeat to the bit calls `trace` first.

    Args:
        run: A function from inputs to outputs, without Python control flow on tensors.
        inputs: The specifications of the inputs by name; `None` means those of a backbone.
        layers: The dense layers whose kernels are constants where many rows are run; see `FrozenPass`.
    """

    def __init__(
        self,
        run: Callable[[dict[str, Any]], Any],
        inputs: Mapping[str, tf.TensorSpec] | None = None,
        layers: Sequence[Any] = (),
    ) -> None:
        self._run, self.layers = run, layers
        self._inputs = dict(_INPUTS if inputs is None else inputs)
        self._beside: dict[str, ForwardPass] = {}
        self._calls = itertools.count()  # advanced by one thread at a time
        self._tracing = threading.Lock()
        self._graph: Any = None
        self._frozen: FrozenPass | None = None

    def __call__(self, inputs: dict[str, Any]) -> Any:
        """Computes the outputs; a backbone's inputs are `token_ids`, `segment_ids` and `padding_mask`."""
        given = self._tensors(inputs)
        if not tf.executing_eagerly() or (next(self._calls) == 0 and self._graph is None):
            return self._run(given)
        return self.trace()(given)

    def beside(self, name: str, make: Callable[[], "ForwardPass"]) -> "ForwardPass":
        """Returns another pass of the same model, such as one with gradients, which is made only once.

        It takes the same kernels as constants where many rows are run, and is dropped together with this one, whose
        model may have another structure from then on.
        """
        if name not in self._beside:
            self._beside[name] = make()
            self._beside[name].layers = self.layers
        return self._beside[name]

    def prepared(
        self, lengths: np.ndarray, token_budget: int, must_repeat: bool = False
    ) -> Callable[[dict[str, Any]], Any]:
        """Returns what runs rows, of which any may come first: each has the same bits then.

        Many rows are run with the kernels that there are now, whatever becomes of them: it is asked for anew for other
        rows.

        Args:
            lengths: The number of tokens of each row, `[rows]`.
            token_budget: The maximum number of tokens per pass, padding included.
            must_repeat: Whether the rows of a single pass must have the same bits another time, and in other processes.

        Returns:
            A function from inputs to outputs.
        """
        passes = len(passes_by_length(lengths, token_budget, MOST_ROWS))
        if passes >= _MANY and can_freeze(self.layers):
            return self._freeze()
        if passes > 1 or must_repeat:
            self.trace()
        return self

    def trace(self) -> Any:
        """Traces the graph, unless it has been, so that the first pass runs it too; returns the function."""
        with self._tracing:
            if self._graph is None:
                # Autograph would only slow this down: there is no Python control flow on tensors. The concrete function
                # is called, since TensorFlow warns of retracing once many models have been traced, each of them once.
                traced = tf.function(self._run, input_signature=[self._inputs], autograph=False)
                self._graph = traced.get_concrete_function()
        return self._graph

    def _freeze(self) -> Callable[[dict[str, Any]], Any]:
        """Returns what runs a graph that holds the kernels as they are now: the last one, if that does."""
        with self._tracing:
            if self._frozen is None or not self._frozen.is_of(self.layers):
                self._frozen = None  # its memory is free before another one takes as much
                self._frozen = FrozenPass(self._run, self._inputs, self.layers)
            return functools.partial(self._run_frozen, self._frozen)

    def _run_frozen(self, frozen: FrozenPass, inputs: dict[str, Any]) -> Any:
        with tf.init_scope():  # which pauses tapes: the graph has no gradients
            return frozen.graph(self._tensors(inputs))

    def _tensors(self, inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
        return {name: tf.convert_to_tensor(inputs[name], spec.dtype) for name, spec in self._inputs.items()}
