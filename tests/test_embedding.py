"""Embedding: one space whichever way a model is read, and nothing loaded that could run code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_models import TEXTS as SHORT
from tiny_models import rewrite, save_embedder

from rag.embedding import (
    SHIPPED,
    StaticEmbedder,
    TransformerEmbedder,
    digest,
    folders,
    open_embedder,
    prompts_for,
    reachable,
)
from rag.engine import recipe
from rag.errors import ModelMissing, RagError, SettingsError
from rag.lexical import fold
from rag.settings import load_settings

WORDS = [
    *"工会经费职主席任期",
    "工会",
    "经费",
    "职工",
    "主席",
    "任期",
    "年休假",
    "加班费",
    "union",
    "wage",
    "query",
    "passage",
]
TEXTS = [
    "基层工会主席任期未满时能不能调走？",
    "工会经费按工资总额的百分之二拨缴",
    "加班费怎么算",
    "女职工产假多少天",
    "劳动合同到期不续签有没有补偿",
    "老板拖欠工资三个月了怎么办",
    "集体合同草案要不要职工代表大会通过",
    "上班路上被车撞了算工伤吗",
    "试用期最长几个月",
    "工会法第四十三条第一款第二项",
    "２０２１年修订的工会法",
    "年休假没休完能折成钱吗？",
    "非专职委员参加会议，工资照发。",
    "Can the company fire a union officer?",
    "How many days of annual leave do I get",
    "労働組合の役員を解雇できますか",
    "노동조합 조합비는 얼마입니까",
    "người lao động nghỉ phép",
    "wer zahlt den Lohn?",
    "L'employeur peut-il licencier un délégué syndical",
    "¿Quién paga las horas extra?",
    "Может ли работодатель уволить?",
    "总工办发〔2017〕32号",
    "换行\n与  空格\u3000以及\u200b零宽",
    "仲裁" * 300,
    "A",
    "1953年劳动保险条例",
    "厂里说工会要解散，是不是真的",
    "工伤认定申请30日内提出",
]


@pytest.fixture(scope="module")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny real StaticEmbedding + Normalize folder, as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer, models

    vocabulary = [("[UNK]", 0.0), *((word, -2.0 - i / 10) for i, word in enumerate(dict.fromkeys(WORDS)))]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    weights = torch.from_numpy(np.random.default_rng(3).standard_normal((len(vocabulary), 16), np.float32))
    folder = tmp_path_factory.mktemp("static")
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()])
    model.save(str(folder), create_model_card=False)
    return folder


@pytest.fixture(scope="module")
def transformer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer BERT with mean pooling, under a name of the e5 family."""
    return save_embedder(tmp_path_factory.mktemp("models") / "multilingual-e5-small", "bert")


@pytest.fixture(scope="module")
def qwen3_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen3 as the hub has its embedders: the last token's vector, padding on the left, bfloat16."""
    folder = tmp_path_factory.mktemp("models") / "Qwen3-Embedding-0.6B"
    return save_embedder(folder, "qwen3", pooling="lasttoken")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty hub cache and a hub that takes no connection."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(folders, "reachable", lambda address: False)


def test_the_shipped_model_gives_what_sentence_transformers_gives():
    from sentence_transformers import SentenceTransformer

    expected = SentenceTransformer(str(SHIPPED), device="cpu").encode([fold(text) for text in TEXTS])
    given = open_embedder("shipped").encode_passages(TEXTS)
    known = given.any(axis=1)
    assert known.sum() >= len(TEXTS) - 2
    np.testing.assert_allclose(given[known], expected[known].astype(np.float32), atol=1e-3)


def test_rows_are_float32_of_unit_length():
    shipped = open_embedder("shipped")
    found = shipped.encode_passages(TEXTS[:10])
    assert found.dtype == np.float32
    assert found.shape == (10, shipped.dimensions)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_a_text_alone_gives_the_vector_it_gives_among_others():
    shipped = open_embedder("shipped")
    together = shipped.encode_passages(TEXTS * 20)
    for row, text in enumerate(TEXTS):
        np.testing.assert_allclose(shipped.encode_question(text), together[row], atol=1e-6)


@pytest.mark.parametrize("text", ["", " \n", "。！？", "☃☃☃"])
def test_a_text_without_a_known_token_is_the_zero_vector(text: str):
    found = open_embedder("shipped").encode_passages(["工会经费", text, "工会主席"])
    assert not found[1].any()
    assert found[0].any()
    assert found[2].any()


def test_no_text_gives_no_row():
    shipped = open_embedder("shipped")
    assert shipped.encode_passages([]).shape == (0, shipped.dimensions)


def test_traditional_characters_mean_what_simplified_ones_mean():
    shipped = open_embedder("shipped")
    np.testing.assert_array_equal(
        shipped.encode_question("工會經費由誰管理"), shipped.encode_question("工会经费由谁管理")
    )


def test_a_question_lies_nearer_to_its_article_than_to_another():
    shipped = open_embedder("shipped")
    passages = shipped.encode_passages(
        ["职工在年休假期间享受与正常工作期间相同的工资收入。", "矿山设计必须符合矿山安全规程和行业技术规范。"]
    )
    right, wrong = passages @ shipped.encode_question("休年假的时候工资照发吗")
    assert right > wrong + 0.1


def test_any_static_folder_is_read_without_torch_and_alike(static_folder: Path):
    from sentence_transformers import SentenceTransformer

    opened = open_embedder(str(static_folder))
    assert isinstance(opened, StaticEmbedder)
    expected = SentenceTransformer(str(static_folder), device="cpu").encode(["工会经费", "union 加班费"])
    np.testing.assert_allclose(opened.encode_passages(["工会经费", "union 加班费"]), expected, atol=1e-6)


# Family → its configuration, a name of it, what must stand before a question and before a passage.
SEARCH = "Represent this sentence for searching relevant passages: "
FAMILIES = [
    ("bert", "multilingual-e5-small", "query: ", "passage: "),
    ("xlmr", "multilingual-e5-large", "query: ", "passage: "),
    ("xlmr", "bge-m3", "", ""),
    ("xlmr", "snowflake-arctic-embed-l-v2.0", "query: ", ""),
    ("bert", "snowflake-arctic-embed-m-v1.5", SEARCH, ""),
    ("bert", "bge-large-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bert", "bge-base-en", SEARCH, ""),
    ("bert", "gte-large-zh", "", ""),
    ("modernbert", "granite-embedding-97m-multilingual-r2", "", ""),
    ("modernbert", "embeddinggemma-300m", "task: search result | query: ", "title: none | text: "),
]


@pytest.fixture(scope="module")
def family_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each configuration."""
    place = tmp_path_factory.mktemp("families")
    return {family: save_embedder(place / family, family) for family in {row[0] for row in FAMILIES}}


@pytest.mark.parametrize(("family", "name", "question", "passage"), FAMILIES)
def test_a_family_gets_its_prompts(
    family: str, name: str, question: str, passage: str, family_folders: dict[str, Path]
):
    opened = TransformerEmbedder(family_folders[family], name)
    for given, prompted in (
        (opened.encode_question(SHORT[0]), question + SHORT[0]),
        (opened.encode_passages([SHORT[0]])[0], passage + SHORT[0]),
    ):
        by_hand = opened.model.encode(prompted, prompt="", normalize_embeddings=True)
        np.testing.assert_allclose(given, by_hand, atol=1e-5)


def test_the_prompts_of_families_change_the_vectors(family_folders: dict[str, Path]):
    opened = TransformerEmbedder(family_folders["bert"], "multilingual-e5-small")
    bare = TransformerEmbedder(family_folders["bert"], "unheard-of")
    assert np.abs(opened.encode_question("工会") - bare.encode_question("工会")).max() > 1e-3
    assert np.abs(opened.encode_question("工会") - opened.encode_passages(["工会"])[0]).max() > 1e-3


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("Qwen/Qwen3-Embedding-0.6B", "\nQuery:"),
        ("Qwen/Qwen3-Embedding-8B", "\nQuery:"),
        ("intfloat/multilingual-e5-large-instruct", "\nQuery: "),
        ("Alibaba-NLP/gte-Qwen2-1.5B-instruct", "\nQuery: "),
    ],
)
def test_families_that_follow_instructions_are_told_of_labour_law_in_the_question_alone(
    name: str, ending: str
):
    prompts = prompts_for(name, {"query": "", "document": ""})
    assert prompts.question.startswith("Instruct: ")
    assert "labour law" in prompts.question
    assert prompts.question.endswith(ending)
    assert prompts.passage == ""


@pytest.mark.parametrize(
    ("configured", "question", "passage"),
    [
        ({"query": "问：", "document": "文："}, "问：", "文："),
        ({"query": "问："}, "问：", ""),
        ({"query": "", "document": "", "passage": "文："}, "", "文："),
        ({"retrieval.query": "问：", "retrieval.passage": "文："}, "问：", "文："),
        ({"clustering": "组："}, "query: ", "passage: "),
    ],
)
def test_the_configuration_of_a_folder_wins_over_the_family(
    configured: dict[str, str], question: str, passage: str
):
    prompts = prompts_for("intfloat/multilingual-e5-small", configured)
    assert (prompts.question, prompts.passage) == (question, passage)


@pytest.mark.parametrize("key", ["document", "passage"])
def test_a_configured_prompt_reaches_the_model(transformer_folder: Path, tmp_path: Path, key: str):
    folder = Path(shutil.copytree(transformer_folder, tmp_path / "multilingual-e5-base"))
    rewrite(folder / "config_sentence_transformers.json", prompts={"query": "主席", key: "工会"})
    opened = open_embedder(str(folder))
    assert isinstance(opened, TransformerEmbedder)
    for given, prompted in (
        (opened.encode_question("加班费"), "主席加班费"),
        (opened.encode_passages(["加班费"])[0], "工会加班费"),
    ):
        by_hand = opened.model.encode(prompted, prompt="", normalize_embeddings=True)
        np.testing.assert_allclose(given, by_hand, atol=1e-5)


def test_qwen3_gives_the_vector_of_the_last_token_whatever_stands_beside(qwen3_folder: Path):
    """Against transformers alone, one text at a time: no padding, the end mark's hidden state."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    opened = open_embedder(str(qwen3_folder))
    assert isinstance(opened, TransformerEmbedder)
    assert opened.model.tokenizer.padding_side == "left"
    tokenizer = AutoTokenizer.from_pretrained(qwen3_folder)
    plain = AutoModel.from_pretrained(qwen3_folder, dtype=torch.float32).eval()
    texts = [*SHORT, opened.prompts.question + SHORT[0]]
    given = [*opened.encode_passages(SHORT), opened.encode_question(SHORT[0])]
    for text, vector in zip(texts, given, strict=True):
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        assert tokenizer.convert_ids_to_tokens(ids[0])[-1] == "<|endoftext|>"
        with torch.no_grad():
            last = plain(input_ids=ids).last_hidden_state[0, -1].numpy()
        np.testing.assert_allclose(vector, last / np.linalg.norm(last), atol=1e-4)


def test_a_model_stored_in_bfloat16_is_run_in_float32_on_a_cpu(qwen3_folder: Path):
    import torch

    opened = open_embedder(str(qwen3_folder))
    assert isinstance(opened, TransformerEmbedder)
    assert "bfloat16" in (qwen3_folder / "config.json").read_text()
    kinds = {weights.dtype for weights in opened.model.parameters()}
    assert opened.model.device.type != "cpu" or kinds == {torch.float32}


def test_a_vector_cut_short_is_its_beginning_at_unit_length_and_another_space(qwen3_folder: Path):
    whole = open_embedder(str(qwen3_folder))
    short = open_embedder(str(qwen3_folder), truncate_dim=16)
    assert (whole.dimensions, short.dimensions) == (32, 16)
    passages = whole.encode_passages(SHORT)[:, :16]
    np.testing.assert_allclose(
        short.encode_passages(SHORT), passages / np.linalg.norm(passages, axis=1, keepdims=True), atol=1e-6
    )
    question = whole.encode_question(SHORT[0])[:16]
    np.testing.assert_allclose(
        short.encode_question(SHORT[0]), question / np.linalg.norm(question), atol=1e-6
    )
    assert recipe(short) != recipe(whole)
    assert short.encode_passages([]).shape == (0, 16)


def test_vectors_cut_to_their_own_length_are_the_same_space(qwen3_folder: Path):
    assert recipe(open_embedder(str(qwen3_folder), 32)) == recipe(open_embedder(str(qwen3_folder)))


@pytest.mark.parametrize("asked", [33, 4096, 0, -1])
def test_more_dimensions_than_there_are_is_a_wrong_setting(qwen3_folder: Path, asked: int):
    with pytest.raises(SettingsError, match=rf"truncate_dim={asked}.*32 维"):
        open_embedder(str(qwen3_folder), asked)


def test_the_shipped_model_is_not_cut():
    with pytest.raises(SettingsError, match="内置模型的向量不能截短"):
        open_embedder("shipped", 64)


def test_fewer_than_sixteen_dimensions_is_a_wrong_setting():
    assert load_settings(truncate_dim=16).truncate_dim == 16
    with pytest.raises(SettingsError, match="truncate_dim"):
        load_settings(truncate_dim=15)


def test_each_model_has_an_index_of_its_own(transformer_folder: Path, qwen3_folder: Path):
    recipes = [
        recipe(open_embedder(name)) for name in ("shipped", str(transformer_folder), str(qwen3_folder))
    ]
    assert len({json.dumps(each) for each in recipes}) == 3


def test_a_vector_that_is_no_number_is_refused(transformer_folder: Path, monkeypatch: pytest.MonkeyPatch):
    opened = open_embedder(str(transformer_folder))
    assert isinstance(opened, TransformerEmbedder)
    monkeypatch.setattr(
        opened.model, "encode_document", lambda *_, **__: np.full((1, opened.dimensions), np.nan)
    )
    with pytest.raises(RagError, match="NaN"):
        opened.encode_passages(["工会"])


@pytest.mark.parametrize("model", ["bge-m3", "intfloat/multilingual-e5-small", "Qwen3-Embedding-0.6B"])
def test_a_hub_model_without_network_fails_at_once_and_says_the_ways_out(model: str, offline: None):
    with pytest.raises(ModelMissing, match=r"连不上.*文件夹.*HF_ENDPOINT.*shipped"):
        open_embedder(model)


def test_nothing_is_fetched_when_the_hub_is_switched_off(offline: None, monkeypatch: pytest.MonkeyPatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(folders, "reachable", lambda address: pytest.fail("asked the network"))
    with pytest.raises(ModelMissing, match="连不上"):
        open_embedder("bge-m3")


@pytest.mark.parametrize("model", ["no-such-model", "./no/such/folder", "", "a/b/c"])
def test_a_name_that_is_neither_folder_nor_hub_name_lists_what_there_is(model: str, offline: None):
    with pytest.raises(ModelMissing, match=r"shipped、granite-embedding-97m"):
        open_embedder(model)


def test_a_closed_port_is_unreachable_and_an_open_one_is_not(monkeypatch: pytest.MonkeyPatch):
    import socket

    monkeypatch.setattr(folders, "getproxies", dict)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert reachable(f"http://127.0.0.1:{port}")
        monkeypatch.setattr(folders, "getproxies", lambda: {"https": f"http://127.0.0.1:{port}"})
        assert reachable("https://hub.invalid"), "the proxy is asked, not the host behind it"
    assert not reachable("https://hub.invalid")
    assert not reachable("http://127.0.0.1:99999")


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_model_that_brings_its_own_code_is_refused(transformer_folder: Path, tmp_path: Path, file: str):
    folder = Path(shutil.copytree(transformer_folder, tmp_path / "hostile"))
    settings = json.loads((folder / file).read_text()) | {"auto_map": {"AutoModel": "evil.Model"}}
    (folder / file).write_text(json.dumps(settings))
    with pytest.raises(ModelMissing, match="auto_map"):
        open_embedder(str(folder))


def test_a_module_of_another_package_is_refused(static_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(static_folder, tmp_path / "hostile"))
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "evil.Module"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelMissing, match=r"evil\.Module"):
        open_embedder(str(folder))


def test_weights_in_a_pickle_are_refused(transformer_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(transformer_folder, tmp_path / "pickled"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelMissing, match="pickle"):
        open_embedder(str(folder))


def test_a_folder_without_weights_is_no_model(tmp_path: Path):
    with pytest.raises(ModelMissing, match="safetensors"):
        open_embedder(str(tmp_path))


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "modules.json"])
def test_a_damaged_file_is_named_as_damage(static_folder: Path, tmp_path: Path, file: str):
    folder = Path(shutil.copytree(static_folder, tmp_path / "damaged"))
    (folder / file).write_bytes(b"\xff\x00 damaged")
    with pytest.raises(ModelMissing, match="读不出"):
        open_embedder(str(folder))


def test_the_digest_changes_with_a_weight_and_not_with_the_readme(static_folder: Path, tmp_path: Path):
    folder = Path(shutil.copytree(static_folder, tmp_path / "copy"))
    assert digest(folder) == digest(static_folder)
    (folder / "README.md").write_text("other")
    assert digest(folder) == digest(static_folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    assert digest(folder) != digest(static_folder)


def test_the_shipped_model_needs_no_torch():
    import subprocess
    import sys

    code = (
        "import sys; from rag.embedding import open_embedder; open_embedder('shipped').encode_question('工会')\n"
        "sys.exit('torch' in sys.modules or 'sentence_transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
