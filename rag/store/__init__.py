"""The store: the only code that opens index/."""

from rag.store.local import Listing, LocalStore

__all__ = ["Listing", "LocalStore"]
