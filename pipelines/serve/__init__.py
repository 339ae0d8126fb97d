"""The program that serves models with TensorFlow Serving's contract."""
