"""The error tree: each error says what happened and what to do; the doors show its text once."""


class RagError(Exception):
    """Anything that a user can mend. Its text is for the user: what happened, then the way out."""


class LoadError(RagError):
    """A file that cannot be read. ``remedy`` says what its owner can do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}。{remedy}")
        self.reason = reason
        self.remedy = remedy


class NothingToRead(RagError):
    """An ingest path that does not exist or holds no readable file."""


class QuestionError(RagError):
    """A question that is empty or too long."""


class AddressError(RagError):
    """A reference that names no address: unreadable, out of range, or not in the index."""


class QuoteNotFound(RagError):
    """The words do not stand in the document; no citation is made of them."""


class IndexMissing(RagError):
    """No index stands at the address given."""


class StoreMismatch(RagError):
    """The index was built with another recipe than the settings ask for."""


class StoreBusy(RagError):
    """Another process is writing this index."""


class StoreDamaged(RagError):
    """The index's own database cannot be read."""


class ModelMissing(RagError):
    """The embedding model asked for is not on this machine and cannot be fetched."""


class SettingsError(RagError):
    """A setting, in rag.toml or the environment, that cannot be used."""


class StoreUnwritable(RagError):
    """The index cannot be written: no permission, no space. What was committed before still stands."""
