"""Text into HTML: the only place where a value becomes markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import quote

from rag.types import Span

# ${…}, {{…}} and back quotes mean something to a template engine; as entities they cannot.
_TEMPLATE = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def esc(value: object) -> str:
    """A value as HTML text or as a double-quoted attribute.

    >>> esc('<b title="${1}">')
    '&lt;b title=&quot;&#36;&#123;1&#125;&quot;&gt;'

    Control characters, lone surrogates and marks that turn the reading direction become �.
    """
    return html.escape(_UNPRINTABLE.sub("\ufffd", str(value)), quote=True).translate(_TEMPLATE)


def marked(text: str, spans: Iterable[Span], name: str = "") -> str:
    """``text`` escaped, with each span (of this text) inside <mark>; overlapping spans become one.

    >>> marked("按百分之二拨缴", [Span(1, 5)])
    '按<mark>百分之二</mark>拨缴'
    """
    opening = f'<mark class="{esc(name)}">' if name else "<mark>"
    parts, at = [], 0
    for span in merged(spans, len(text)):
        parts += [esc(text[at : span.start]), opening, esc(span.of(text)), "</mark>"]
        at = span.end
    return "".join([*parts, esc(text[at:])])


def closed_up(html: str) -> str:
    """Text or markup without its empty lines: a card is not a page."""
    return re.sub(r"\n(?:[ \t\u3000]{0,20}\n){1,20}", "\n", html)


def merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Spans in order, inside [0, length), without overlap and without empty ones."""
    kept: list[Span] = []
    for span in sorted(spans):
        start, end = max(0, span.start), min(length, span.end)
        if kept and start <= kept[-1].end:
            start, end = kept[-1].start, max(end, kept[-1].end)
            kept.pop()
        if start < end:
            kept.append(Span(start, end))
    return kept


def document_url(document_id: str, root: str, spans: Iterable[Span] = ()) -> str:
    """Address of the reader at the first of ``spans``, all of them marked.

    >>> document_url("法律/a b.md", "/", [Span(3, 9)])
    '/doc/%E6%B3%95%E5%BE%8B/a%20b.md?s=3&e=9#cited'
    """
    address = f"{root}doc/{quote(document_id, safe='/')}"
    query = "&".join(f"s={span.start}&e={span.end}" for span in spans)
    return f"{address}?{query}#cited" if query else address


def titled(title: str) -> str:
    """A title in 书名号; those inside it become 〈〉 (GB/T 15834).

    >>> titled("关于印发《工会财务办法》的通知")
    '《关于印发〈工会财务办法〉的通知》'
    """
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"


def quoted(text: str) -> str:
    """Words in quotation marks, on one line; marks inside them become single (GB/T 15834)."""
    line = re.sub(r"[ \t\u3000]{0,8}\n[ \t\u3000\n]{0,8}", "", text.strip())
    return f"“{line.replace('“', '‘').replace('”', '’')}”"
