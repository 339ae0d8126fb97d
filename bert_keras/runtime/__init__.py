"""TensorFlow at run time: its import without console output, and the use of the processor's cores.

This package imports nothing: programs load it before they know whether they need TensorFlow.
"""
