"""The store: the only code that opens index/."""

from rag.store.listing import Listing
from rag.store.local import LocalStore

__all__ = ["Listing", "LocalStore"]
