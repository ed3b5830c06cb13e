"""Cleaning: page noise, repeats and broken lines out of a text, each fix named and counted."""

from rag.cleaning.cleaner import FIXES, clean

__all__ = ["FIXES", "clean"]
