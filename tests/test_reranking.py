"""Reranking: a cross-encoder orders the head of the ranking, and nothing that the question names moves."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import TEXTS, rewrite, save_embedder, save_reranker, save_transformer

from rag import reranking
from rag.chunking import passage_text
from rag.embedding import folders
from rag.errors import ModelMissing, RagError, SettingsError
from rag.reranking import CrossEncoderReranker, open_reranker, rerank
from rag.settings import load_settings
from rag.types import Chunk, Hit, Source, Span

QUESTION = "工会经费由谁拨缴？"


class ByLength:
    """The longer passage first, and what it was asked."""

    name = "by-length"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[str]]] = []

    def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        self.asked.append((question, passages))
        return [float(len(passage)) for passage in passages]


def hit(number: int, chars: int, exact: int | None = None, region: str = "全国") -> Hit:
    """A hit whose passage has that many characters; its score falls with its number."""
    text = "字" * chars
    chunk = Chunk("law.txt", Span(0, chars), ("第一章 总则",), "第一条", "第一条", None, text)
    ranks = {"exact": exact, "bm25": number, "dense": None}
    return Hit(chunk, Source("工会法", region=region), 10.0 - number, ranks, (), number)


def order(hits: Sequence[Hit]) -> list[int]:
    return [each.id for each in hits]


@pytest.fixture(scope="module")
def reranker_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random XLM-R with one label, as bge-reranker-v2-m3 stands on the hub."""
    return save_reranker(tmp_path_factory.mktemp("models") / "bge-reranker-v2-m3", "xlmr")


@pytest.fixture(scope="module")
def qwen3_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen3 that writes text, as Qwen3-Reranker-0.6B stands on the hub."""
    folder = tmp_path_factory.mktemp("models") / "Qwen3-Reranker-0.6B"
    return save_transformer(folder, "qwen3", head="ForCausalLM")


def test_the_head_is_put_in_the_rerankers_order_and_the_rest_stays():
    hits = [hit(1, 5), hit(2, 50), hit(3, 20), hit(4, 90)]
    assert order(rerank(hits, QUESTION, ByLength(), 3)) == [2, 3, 1, 4]


def test_the_reranker_reads_what_was_embedded_and_no_more_than_it_may():
    hits, reranker = [hit(number, number) for number in range(1, 6)], ByLength()
    rerank(hits, QUESTION, reranker, 2)
    assert reranker.asked == [(QUESTION, [passage_text(each.source, each.chunk) for each in hits[:2]])]


def test_what_the_question_names_by_its_address_stays_where_it_is():
    hits = [hit(1, 5, exact=1), hit(2, 1, exact=2), hit(3, 20), hit(4, 90)]
    reranker = ByLength()
    assert order(rerank(hits, QUESTION, reranker, 4)) == [1, 2, 4, 3]
    assert len(reranker.asked[0][1]) == 2, "what cannot move is not read"
    amid = [hit(1, 5), hit(2, 1, exact=1), hit(3, 20)]
    assert order(rerank(amid, QUESTION, ByLength(), 3)) == [3, 2, 1]


def test_scores_keep_falling_and_ranks_tell_each_step():
    hits = [hit(1, 5), hit(2, 50), hit(3, 20), hit(4, 90)]
    found = rerank(hits, QUESTION, ByLength(), 3)
    assert [each.score for each in found] == [each.score for each in hits]
    assert [each.ranks.get("rerank") for each in found] == [1, 2, 3, None]
    assert [each.ranks["bm25"] for each in found] == [2, 3, 1, 4]
    assert [replace(each, score=0.0, ranks={}) for each in found] == [
        replace(hits[i], score=0.0, ranks={}) for i in (1, 2, 0, 3)
    ]


def test_equal_scores_keep_their_order():
    hits = [hit(1, 5), hit(2, 5), hit(3, 5)]
    assert order(rerank(hits, QUESTION, ByLength(), 3)) == [1, 2, 3]


@pytest.mark.parametrize("hits", [[], [hit(1, 5)], [hit(1, 5, exact=1)]])
def test_little_to_order_is_left_as_it_is(hits: list[Hit]):
    assert order(rerank(hits, QUESTION, ByLength(), 20)) == order(hits)


def test_the_bonus_speaks_in_standard_deviations():
    """A local rule that reads best stays behind the national one, as retrieval has it."""
    hits = [hit(1, 5), hit(2, 50, region="浙江"), hit(3, 20)]

    def national(one: Hit) -> float:
        return 0.0 if one.source.region == "全国" else -3.0

    assert order(rerank(hits, QUESTION, ByLength(), 3)) == [2, 3, 1]
    assert order(rerank(hits, QUESTION, ByLength(), 3, national)) == [3, 1, 2]


def test_a_cross_encoders_folder_gives_its_raw_scores(reranker_folder: Path):
    """Against transformers alone, one pair at a time, without padding."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    found = open_reranker(str(reranker_folder)).scores(QUESTION, TEXTS)
    plain = AutoModelForSequenceClassification.from_pretrained(reranker_folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(reranker_folder)
    for text, score in zip(TEXTS, found, strict=True):
        features = tokenizer(QUESTION, text, return_tensors="pt", truncation="longest_first")
        with torch.no_grad():
            assert score == pytest.approx(plain(**features).logits.item(), abs=1e-4)
    assert np.std(found) > 0.1


def test_a_passage_longer_than_the_model_takes_is_cut(reranker_folder: Path, monkeypatch: pytest.MonkeyPatch):
    opened = open_reranker(str(reranker_folder))
    long = "工会经费" * 500
    assert opened.scores(QUESTION, [long]) == pytest.approx(opened.scores(QUESTION, [long * 2]))
    whole = opened.scores(QUESTION, [TEXTS[1]])
    monkeypatch.setattr(reranking, "LONGEST", 16)
    assert open_reranker(str(reranker_folder)).scores(QUESTION, [TEXTS[1]]) != pytest.approx(whole)


def test_no_passage_gives_no_score(reranker_folder: Path):
    assert open_reranker(str(reranker_folder)).scores(QUESTION, []) == []


def test_qwen3_reranker_is_asked_in_the_form_of_its_card(qwen3_folder: Path):
    """The log-odds of yes over no after the filled form, by transformers alone."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = open_reranker(str(qwen3_folder)).scores(QUESTION, TEXTS[:3])
    tokenizer = AutoTokenizer.from_pretrained(qwen3_folder)
    plain = AutoModelForCausalLM.from_pretrained(qwen3_folder, dtype=torch.float32).eval()
    yes, no = tokenizer.convert_tokens_to_ids(["yes", "no"])
    for text, score in zip(TEXTS, found, strict=False):
        form = (
            "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the "
            'Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
            "<Instruct>: Given a question about labour law or trade unions, retrieve the provisions that answer "
            f"it\n<Query>: {QUESTION}\n<Document>: {text}<|im_end|>\n"
            "<|im_start|>assistant\n<think>\n\n</think>\n\n"
        )
        ids = tokenizer(form, add_special_tokens=False, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            logits = plain(input_ids=ids).logits[0, -1]
        assert score == pytest.approx((logits[yes] - logits[no]).item(), abs=1e-3)
    assert np.std(found) > 0.1


def test_a_folder_that_cross_encoder_saved_needs_no_known_name(qwen3_folder: Path, tmp_path: Path):
    opened = open_reranker(str(qwen3_folder))
    assert isinstance(opened, CrossEncoderReranker)
    opened._model.save(str(tmp_path / "ours"), create_model_card=False)
    again = open_reranker(str(tmp_path / "ours"))
    assert again.name == "ours"
    assert again.scores(QUESTION, TEXTS) == pytest.approx(opened.scores(QUESTION, TEXTS), abs=1e-4)


def test_a_score_that_is_no_number_is_refused(reranker_folder: Path, monkeypatch: pytest.MonkeyPatch):
    opened = open_reranker(str(reranker_folder))
    assert isinstance(opened, CrossEncoderReranker)
    monkeypatch.setattr(opened._model, "predict", lambda pairs, **_: np.full(len(pairs), np.nan))
    with pytest.raises(RagError, match="NaN"):
        opened.scores(QUESTION, TEXTS)


def test_a_chat_model_is_no_reranker(qwen3_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(qwen3_folder, tmp_path / "Qwen3-0.6B"))
    with pytest.raises(ModelMissing, match="不是重排模型"):
        open_reranker(str(folder))


def test_a_form_without_room_for_a_pair_is_found_when_the_model_is_opened(qwen3_folder: Path, tmp_path: Path):
    opened = open_reranker(str(qwen3_folder))
    assert isinstance(opened, CrossEncoderReranker)
    opened._model.save(str(tmp_path / "chat"), create_model_card=False)
    (tmp_path / "chat" / "chat_template.jinja").write_text("{{ messages[0].role }}")
    with pytest.raises(ModelMissing, match="载入失败"):
        open_reranker(str(tmp_path / "chat"))


def test_an_embedder_is_no_reranker(tmp_path: Path):
    folder = save_embedder(tmp_path / "bge-m3", "xlmr")
    with pytest.raises(ModelMissing, match=r"不是重排模型.*bge-reranker-v2-m3"):
        open_reranker(str(folder))


def test_a_classifier_with_several_labels_is_no_reranker(tmp_path: Path):
    with pytest.raises(ModelMissing, match="3 个分数"):
        open_reranker(str(save_reranker(tmp_path / "nli", "bert", labels=3)))


def test_a_reranker_that_brings_its_own_code_is_refused(reranker_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(reranker_folder, tmp_path / "hostile"))
    rewrite(folder / "config.json", auto_map={"AutoModel": "evil.Model"})
    with pytest.raises(ModelMissing, match="auto_map"):
        open_reranker(str(folder))


def test_weights_in_a_pickle_are_refused(reranker_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(reranker_folder, tmp_path / "pickled"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelMissing, match="pickle"):
        open_reranker(str(folder))


def test_damaged_weights_are_told_with_the_ways_out(reranker_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(reranker_folder, tmp_path / "damaged"))
    (folder / "model.safetensors").write_bytes(b"\xff\x00 damaged")
    with pytest.raises(ModelMissing, match=r"载入失败.*RAG_RERANKER.*去掉 reranker"):
        open_reranker(str(folder))


@pytest.mark.parametrize("model", ["bge-reranker-v2-m3", "Qwen/Qwen3-Reranker-0.6B"])
def test_without_network_a_reranker_of_the_hub_fails_at_once(
    model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(folders, "reachable", lambda address: False)
    with pytest.raises(ModelMissing, match=r"连不上.*RAG_RERANKER.*去掉 reranker"):
        open_reranker(model)


def test_a_name_of_no_reranker_lists_what_there_is():
    with pytest.raises(ModelMissing, match=r"可用：bge-reranker-v2-m3、Qwen3-Reranker-0\.6B"):
        open_reranker("shipped")


def test_reranking_is_off_unless_set():
    settings = load_settings()
    assert settings.reranker == ""
    assert settings.rerank_passages == 20
    with pytest.raises(SettingsError, match="rerank_passages"):
        load_settings(rerank_passages=1)
