"""A guard that keeps an export without its variables from being served."""

from collections.abc import Sequence

import tensorflow as tf


class LoadGuard(tf.saved_model.experimental.TrackableResource):
    """Fails the load of an export whose variables were not restored.

    TF Serving takes an export without `variables/`, as a copy in progress has it, for one that needs none: it says
    AVAILABLE, and every request fails. What a resource does at its initialization is part of the load.

    Args:
        variables: The variables that must have values.
    """

    def __init__(self, variables: Sequence[tf.Variable]) -> None:
        super().__init__()
        self._variables = list(variables)

    def _create_resource(self) -> tf.Tensor:
        return tf.raw_ops.MutableHashTableV2(
            container="", shared_name="weights_guard", key_dtype=tf.string, value_dtype=tf.int64
        )

    def _initialize(self) -> tf.Tensor:
        restored = [tf.raw_ops.VarIsInitializedOp(resource=variable.handle) for variable in self._variables]
        complete = tf.reduce_all(tf.stack(restored))
        message = "the export is incomplete: its folder variables/ was missing or empty when it was loaded"
        with tf.control_dependencies([tf.debugging.Assert(complete, [message])]):
            return tf.constant(0)

    def _destroy_resource(self) -> None:
        """The table is empty, and ends with its session."""
