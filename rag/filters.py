"""Filters: which sources may answer."""

from rag.types import Filter, Source
from rag.versions import in_force


def admits(where: Filter, source: Source) -> bool:
    """Whether ``where`` lets the source through, the day included."""
    return admits_undated(where, source) and (
        where.in_force_on is None or in_force(source, where.in_force_on)
    )


def admits_undated(where: Filter, source: Source) -> bool:
    """The same, whatever the day: for a source that was asked for by name and version."""
    return (
        (not where.region or source.region in where.region)
        and (not where.level or source.level in where.level)
        and (where.issuer is None or where.issuer in (source.issuer or ""))
    )
