"""How TensorBoard gets the plugin: the entry point, which must not fail whatever is installed beside it."""

import argparse

from tensorboard.plugins import base_plugin

from bert_keras.tensorboard_plugin import PLUGIN_NAME


class AttentionLoader(base_plugin.TBLoader):
    """Loads the plugin, and lets TensorBoard keep more steps of its data than the 10 that it keeps by itself."""

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Says how many steps of a text to keep, unless the user has said it (`--samples_per_plugin`)."""
        from bert_keras.tensorboard_plugin.kept_steps import kept_steps

        samples = getattr(flags, "samples_per_plugin", None)
        if isinstance(samples, dict):
            samples.setdefault(PLUGIN_NAME, kept_steps(getattr(flags, "logdir", "") or ""))

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        """Makes the plugin; None where TensorBoard was started without a way to read data by."""
        from bert_keras.tensorboard_plugin.plugin import AttentionPlugin

        return None if context.data_provider is None else AttentionPlugin(context)
