"""Trains readers that answer questions with passages of a text."""
