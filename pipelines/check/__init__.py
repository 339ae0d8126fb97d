"""Proves exports."""
