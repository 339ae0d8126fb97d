"""Puts this folder on the path of the tests in the folders below, which write and read files as those here do."""
