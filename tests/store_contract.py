"""What every store must do; a store's test module subclasses StoreContract and gives ``store``."""

from datetime import date

import numpy as np
import pytest

from rag.chunking import split
from rag.errors import RagError
from rag.structure import parse
from rag.types import Document, Filter, Source

DIMENSIONS = 4


def document(
    id_="a.txt", title="甲规定", text="第一条 职工可以加入工会。\n第二条 工会经费专款专用。", **facts
):
    return Document(id_, f"digest of {id_}{text}", Source(title, **facts), text, parse(text))


def vectors_of(chunks, axis=0):
    rows = np.zeros((len(chunks), DIMENSIONS), dtype=np.float32)
    rows[:, axis] = 1.0
    return rows


def put(store, *documents, axis=0):
    with store.writing():
        for one in documents:
            chunks = split(one)
            store.put(one, chunks, vectors_of(chunks, axis))


def axis(number):
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[number] = 1.0
    return vector


class StoreContract:
    @pytest.fixture
    def store(self):
        raise NotImplementedError

    def test_an_empty_store_finds_nothing(self, store):
        assert store.digests() == {}
        assert store.search_text("工会", 5, Filter()) == []
        assert store.search_vector(axis(0), 5, Filter()) == []

    def test_a_document_comes_back_whole(self, store):
        given = document()
        put(store, given)
        assert store.document("a.txt") == given
        assert store.digests() == {"a.txt": given.digest}

    def test_words_find_the_article_that_holds_them(self, store):
        put(store, document())
        hits = store.search_text("经费", 5, Filter())
        assert [hit.chunk.article for hit in hits] == ["第二条"]
        assert hits[0].chunk.text == "第二条 工会经费专款专用。"
        assert hits[0].source.title == "甲规定"

    def test_vectors_find_the_nearest_first(self, store):
        put(store, document("a.txt"), axis=0)
        put(store, document("b.txt", "乙规定"), axis=1)
        hits = store.search_vector(axis(1), 3, Filter())
        assert [hit.chunk.document_id for hit in hits] == ["b.txt", "b.txt", "a.txt"]
        assert hits[0].score == pytest.approx(1.0, abs=1e-3)

    def test_put_replaces_the_document_of_that_id(self, store):
        put(store, document())
        put(store, document(text="第一条 全文改为互助保障。"))
        assert store.search_text("经费", 5, Filter()) == []
        assert len(store.search_text("互助", 5, Filter())) == 1

    def test_a_removed_document_vanishes_from_every_search(self, store):
        put(store, document("a.txt"), document("b.txt", "乙规定"))
        with store.writing():
            store.remove("a.txt")
        assert {hit.chunk.document_id for hit in store.search_text("工会", 9, Filter())} == {"b.txt"}
        assert {hit.chunk.document_id for hit in store.search_vector(axis(0), 9, Filter())} == {"b.txt"}
        with pytest.raises(RagError, match="a.txt"):
            store.document("a.txt")

    def test_removing_what_is_not_there_is_no_error(self, store):
        with store.writing():
            store.remove("nothing.txt")

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (Filter(region=("北京",)), {"local.txt"}),
            (Filter(region=("北京", "全国")), {"local.txt", "law.txt", "old.txt"}),
            (Filter(level=("法律",)), {"law.txt", "old.txt"}),
            (Filter(issuer="人大"), {"local.txt"}),
            (Filter(in_force_on=date(2020, 1, 1)), {"local.txt", "law.txt"}),
            (Filter(in_force_on=date(2010, 1, 1)), {"local.txt", "old.txt"}),
            (Filter(level=("法律",), region=("北京",)), set()),
        ],
    )
    def test_filters_hold_for_both_searches(self, store, where, found):
        put(
            store,
            document("local.txt", "北京规定", level="地方性法规", region="北京", issuer="北京市人大常委会"),
            document("law.txt", "丙法", level="法律", effective=date(2015, 1, 1)),
            document("old.txt", "丁法", level="法律", effective=date(2000, 1, 1), repealed=date(2015, 1, 1)),
        )
        assert {hit.chunk.document_id for hit in store.search_text("工会", 9, where)} == found
        assert {hit.chunk.document_id for hit in store.search_vector(axis(0), 9, where)} == found

    def test_a_commit_that_fails_leaves_the_last_state(self, store):
        put(store, document("a.txt"))

        def half_a_commit():
            with store.writing():
                store.remove("a.txt")
                raise RuntimeError("power cut")

        with pytest.raises(RuntimeError, match="power cut"):
            half_a_commit()
        assert list(store.digests()) == ["a.txt"]
        assert store.search_text("经费", 5, Filter())

    def test_vectors_that_do_not_fit_are_refused(self, store):
        given = document()
        chunks = split(given)
        with pytest.raises(ValueError, match="chunks"), store.writing():
            store.put(given, chunks, vectors_of(chunks)[:1])
        with pytest.raises(ValueError, match="NaN"), store.writing():
            store.put(given, chunks, vectors_of(chunks) * np.nan)
