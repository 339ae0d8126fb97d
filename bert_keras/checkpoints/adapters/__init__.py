"""Adapters: what was trained beside a base model, without the base."""
