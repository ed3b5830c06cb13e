"""Metadata: title, 文号, issuer, dates, region, level and status of a text, and what a manifest adds."""

from rag.metadata.description import describe
from rag.metadata.manifest import manifest, override

__all__ = ["describe", "manifest", "override"]
