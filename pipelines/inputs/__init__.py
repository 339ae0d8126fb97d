"""The texts and questions that `predict` and `visualize` read from files, standard input and the command line."""
