from dataclasses import replace

import numpy as np
import pytest

from rag.retrieval import Found, Query, Weights, beside, closeness, fuse, once, prior, put_first, z_scores
from rag.store.asked import Match
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


class Bank:
    """What fuse() asks of a store."""

    def own_score(self, question):
        return 10.0


QUERY = Query("问", "问", "问", np.zeros(1))


def fused(words=(), dense=(), asked=(), weights=None):
    return [one.hit for one in fuse(QUERY, Found((), words, dense, asked), Bank(), weights or Weights())]


def ids(hits):
    return [one.id for one in hits]


def test_what_both_channels_find_beats_what_one_finds():
    words = [hit(1, 9.0), hit(2, 8.0), hit(3, 1.0)]
    dense = [hit(4, 0.9), hit(2, 0.8), hit(5, 0.1)]
    assert ids(fused(words, dense))[0] == 2


def test_a_weight_of_zero_leaves_the_order_of_the_words():
    words = [hit(1, 9.0), hit(2, 5.0), hit(3, 1.0)]
    dense = [hit(3, 0.9), hit(2, 0.5), hit(1, 0.1)]
    assert ids(fused(words, dense, weights=Weights(dense=0.0))) == [1, 2, 3]


def test_a_close_question_of_the_bank_lifts_its_passages():
    words = [hit(1, 9.0), hit(2, 5.0), hit(3, 1.0)]
    close = Match("问", (hit(3),), bm25=9.0, cosine=0.9)
    far = Match("别的", (hit(2),), bm25=0.5, cosine=0.1)
    assert ids(fused(words, (), [close, far]))[0] == 3
    assert ids(fused(words, (), [far]))[0] == 1


def test_a_passage_that_only_the_bank_finds_is_found():
    assert ids(fused([hit(1, 2.0)], (), [Match("问", (hit(7),), 9.0, 0.9)])) == [7, 1]


def test_closeness_is_a_share_and_models_differ_in_what_they_call_near():
    def matches(base, step):
        return [Match(str(n), (hit(n),), 2.0 * n, base + step * n) for n in range(5)]

    narrow = closeness(matches(0.90, 0.02), Bank(), "问")
    wide = closeness(matches(0.0, 0.2), Bank(), "问")
    assert narrow[4][1] == pytest.approx(wide[4][1])
    assert all(0.0 <= share <= 1.0 for near in narrow.values() for share in near[:2])
    assert closeness([], Bank(), "问") == {}


def test_fused_hits_tell_their_rank_in_each_channel():
    found = {one.id: one.ranks for one in fused([hit(1, 2.0)], [hit(2, 0.9), hit(1, 0.1)])}
    assert found[1] == {"exact": None, "bm25": 1, "dense": 2, "bank": None}
    assert found[2] == {"exact": None, "bm25": None, "dense": 1, "bank": None}


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


def text_of(id_, text, document, status="现行有效", **ranks):
    chunk = Chunk(document, Span(0, len(text)), (), None, None, None, text)
    return Hit(chunk, Source(document, status=status), 9.0 - id_, ranks, id=id_)


def test_the_same_words_appear_once_and_the_edition_that_holds_speaks():
    old = text_of(1, "第一条 会费。", "旧法", "被取代")
    other = text_of(2, "第一条 经费。", "旧法", "被取代")
    new = text_of(3, "第二条　会费", "新法")
    assert [(one.id, [also.id for also in one.also]) for one in once([old, other, new])] == [
        (3, [1]),
        (2, []),
    ]
    assert once([old, other, new])[0].score == old.score


def test_an_address_that_was_asked_for_is_not_folded_away():
    named = text_of(1, "第一条 会费。", "旧法", "被取代", exact=1)
    new = text_of(2, "第一条 会费。", "新法")
    assert [(one.id, [also.id for also in one.also]) for one in once([named, new])] == [(1, [2])]
    both = [named, replace(new, ranks={"exact": 2})]
    assert [one.id for one in once(both)] == [1, 2]


def test_the_edition_that_the_question_names_speaks():
    old = text_of(1, "第一条 会费。", "旧法", "被取代")
    new = text_of(2, "第一条 会费。", "新法")
    assert once([new, old], {"旧法"})[0].id == 1


def test_words_about_their_own_text_are_the_same_in_one_law_only():
    one, other = (
        text_of(n, "第九条 本条例自公布之日起施行。", law) for n, law in ((1, "甲条例"), (2, "乙条例"))
    )
    edition = text_of(3, "第九条 本条例自公布之日起施行。", "甲条例（2008年原文）", "被取代")
    assert [(hit.id, len(hit.also)) for hit in once([one, other, edition])] == [(1, 1), (2, 0)]


def placed(id_, region):
    return Hit(
        Chunk("a", Span(0, 1), (), None, None, None, "工"), Source("a", region=region), 9.0 - id_, id=id_
    )


@pytest.mark.parametrize(
    ("regions", "given", "expected"),
    [
        (("北京",), ["北京"] * 6 + ["全国"], [0, 1, 2, 6, 3, 4, 5]),
        (("北京",), ["全国"] * 5 + ["北京"], [0, 1, 2, 5, 3, 4]),
        (("北京",), ["上海", "全国", "北京"], [1, 2, 0]),
        ((), ["上海", "全国"], [0, 1]),
        (("北京",), ["北京", "北京"], [0, 1]),
    ],
)
def test_where_a_place_is_named_its_rule_and_the_national_one_stand_side_by_side(regions, given, expected):
    hits = [placed(n, region) for n, region in enumerate(given)]
    assert [one.id for one in beside(hits, regions)] == expected


def test_among_local_rules_alone_none_is_too_local():
    local = [hit(1, 9.0, BEIJING), hit(2, 8.0, BEIJING)]
    national = [hit(1, 9.0), hit(2, 8.0)]
    assert [one.score for one in fused(local)] == [one.score for one in fused(national)]
