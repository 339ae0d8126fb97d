"""The program that trains readers, which answer questions with passages of a text."""
