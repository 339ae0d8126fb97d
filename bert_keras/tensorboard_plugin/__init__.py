"""The Attention tab of TensorBoard.

Nothing is imported here: TensorBoard loads this package wherever it is installed, and what failed would take all other
tabs along.
"""

PLUGIN_NAME = "bert_keras_attention"

FILE_SUFFIX = ".bert_keras_attention"
"""What the names of event files that hold such data end with, so that its size can be told."""
