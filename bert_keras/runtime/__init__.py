"""TensorFlow in this process: its quiet import, and batches side by side on the cores at hand.

Nothing is imported here: a program loads this package before it knows whether it needs TensorFlow.
"""
