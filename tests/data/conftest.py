"""Lets the tests of the folders below import the modules of this one: pytest makes a conftest's folder importable."""
