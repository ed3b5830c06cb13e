"""Structure: a text → its outline, 编 章 节 条 款 项 目, and 一、（一）1. of notices."""

from rag.structure.outline import article_key, article_range, articles, at, find, locator, walk
from rag.structure.parser import parse

__all__ = ["article_key", "article_range", "articles", "at", "find", "locator", "parse", "walk"]
