"""The entry point by which TensorBoard loads the plugin; it must not fail whatever else is installed."""

import argparse
from typing import TYPE_CHECKING

from tensorboard.plugins import base_plugin

from bert_keras.tensorboard_plugin import PLUGIN_NAME

if TYPE_CHECKING:
    from bert_keras.tensorboard_plugin.live import Live


class AttentionLoader(base_plugin.TBLoader):
    """Loads the plugin, and makes TensorBoard keep more steps of its data than the default of 10.

    Args:
        live: The model that answers texts typed into the tab; `None` where the process holds none.
    """

    def __init__(self, live: "Live | None" = None) -> None:
        self._live = live

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Sets the number of steps to keep per text, unless the user has set it (`--samples_per_plugin`)."""
        from bert_keras.tensorboard_plugin.kept_steps import kept_steps

        samples = getattr(flags, "samples_per_plugin", None)
        if isinstance(samples, dict):
            samples.setdefault(PLUGIN_NAME, kept_steps(getattr(flags, "logdir", "") or ""))

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        """Returns the plugin; `None` if TensorBoard was started without a data provider."""
        from bert_keras.tensorboard_plugin.plugin import AttentionPlugin

        return None if context.data_provider is None else AttentionPlugin(context, self._live)
