"""The Attention tab of TensorBoard.

This module imports nothing: TensorBoard loads it wherever the package is installed, and a failure here would take down
all other tabs.
"""

PLUGIN_NAME = "bert_keras_attention"

FILE_SUFFIX = ".bert_keras_attention"
"""The suffix of event files that hold records, by which their total size is measured."""
