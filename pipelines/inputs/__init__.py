"""Texts and questions from files, streams and the command line, as prediction and views read them."""
