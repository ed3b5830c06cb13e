import pytest

from rag.retrieval import Weights, fuse, prior, put_first, z_scores
from rag.types import Chunk, Hit, Source, Span

LAW = Source("工会法", region="全国")
BEIJING = Source("北京规定", region="北京")


def hit(id_, score=0.0, source=LAW, document="a.txt", **ranks):
    chunk = Chunk(document, Span(0, 1), (), None, None, None, "工")
    return Hit(chunk, source, score, ranks, id=id_)


def order(hits):
    return [one.id for one in sorted(hits, key=lambda one: -one.score)]


def test_z_scores_do_not_depend_on_the_scale():
    assert z_scores([30, 20, 10]) == pytest.approx(z_scores([0.3, 0.2, 0.1]))


def test_equal_scores_say_nothing():
    assert z_scores([2.0, 2.0]) == [0.0, 0.0]
    assert z_scores([]) == []


def test_what_both_channels_find_beats_what_one_finds():
    words = [hit(1, 9.0), hit(2, 8.0), hit(3, 1.0)]
    dense = [hit(4, 0.9), hit(2, 0.8), hit(5, 0.1)]
    assert order(fuse(words, dense, 1.0))[0] == 2


def test_a_weight_of_zero_leaves_the_order_of_the_words():
    words = [hit(1, 9.0), hit(2, 5.0), hit(3, 1.0)]
    dense = [hit(3, 0.9), hit(2, 0.5), hit(1, 0.1)]
    assert order(fuse(words, dense, 0.0)) == [1, 2, 3]


def test_fused_hits_tell_their_rank_in_each_channel():
    found = {one.id: one.ranks for one in fuse([hit(1, 2.0)], [hit(2, 0.9), hit(1, 0.1)], 1.0)}
    assert found[1] == {"exact": None, "bm25": 1, "dense": 2}
    assert found[2] == {"exact": None, "bm25": None, "dense": 1}


def test_exact_hits_come_first_once_and_scores_fall():
    exact = [hit(3, exact=1, bm25=None, dense=None)]
    ranked = [hit(1, 5.0, bm25=1), hit(3, 4.0, exact=None, bm25=2, dense=7)]
    first = put_first(exact, ranked)
    assert [one.id for one in first] == [3, 1]
    assert first[0].ranks == {"exact": 1, "bm25": 2, "dense": 7}
    assert first[0].score > first[1].score


@pytest.mark.parametrize(
    ("regions", "better"),
    [((), "law"), (("北京",), "beijing"), (("上海",), "law")],
)
def test_a_local_rule_leads_only_where_its_place_is_named(regions, better):
    weights = Weights()
    law, beijing = (prior(hit(1, source=s), set(), regions, weights) for s in (LAW, BEIJING))
    assert (beijing > law) == (better == "beijing")


def test_a_document_named_by_title_is_preferred():
    weights = Weights()
    assert prior(hit(1, document="b.txt"), {"b.txt"}, (), weights) > prior(hit(1), {"b.txt"}, (), weights)
