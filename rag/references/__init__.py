"""References: what a text names, 《工会法》第二十一条第二款, 同法, 前款, 文号, as addresses."""

from rag.references.catalogue import Catalogue, Entry, Problem
from rag.references.resolver import Reference, address, resolve
from rag.references.running import resolve_all

__all__ = ["Catalogue", "Entry", "Problem", "Reference", "address", "resolve", "resolve_all"]
