"""The program that answers questions over many documents."""
