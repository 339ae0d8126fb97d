"""TensorFlow's C API without its Python: the libraries, and what runs in child processes that import nothing else."""
