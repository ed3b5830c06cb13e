"""ONNX export: any larger model as a folder of its own, the same vectors without torch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from tiny_models import TEXTS, rewrite, save_embedder

from rag.embedding import SHIPPED, OnnxEmbedder, export, export_onnx, onnx, open_embedder
from rag.engine import recipe
from rag.errors import ModelMissing, RagError

# Configuration → name of the folder, the parts of its pipeline.
PIPELINES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("multilingual-e5-small", {"normalise": False}),
    "xlmr": ("bge-m3", {"pooling": "cls"}),
    "modernbert": ("granite-embedding-97m-multilingual-r2", {"dense": 24}),
    "qwen3": (
        "Qwen3-Embedding-0.6B",
        {"pooling": "lasttoken", "prompts": {"query": "Instruct: find\nQuery:"}},
    ),
}
EDGES = ("", " ", "\n工会  经费\u3000", "☃", "Ａ" * 30, "工会经费" * 400)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """A family's folder and its export, each made once."""
    made: dict[str, tuple[Path, Path]] = {}

    def make(family: str) -> tuple[Path, Path]:
        if family not in made:
            name, parts = PIPELINES[family]
            place = tmp_path_factory.mktemp(family)
            folder = save_embedder(place / name, family, **parts)
            made[family] = folder, export_onnx(str(folder), place / "out" / "small")
        return made[family]

    return make


@pytest.mark.parametrize("family", PIPELINES)
def test_an_export_gives_the_vectors_of_its_model(family: str, pair: Callable[[str], tuple[Path, Path]]):
    folder, small = pair(family)
    original, exported = open_embedder(str(folder)), open_embedder(str(small))
    assert isinstance(exported, OnnxEmbedder)
    texts = [*TEXTS, *EDGES]
    expected, given = original.encode_passages(texts), exported.encode_passages(texts)
    assert given.shape == expected.shape
    assert given.dtype == np.float32
    assert (expected * given).sum(axis=1).min() >= 0.99
    np.testing.assert_allclose(np.linalg.norm(given, axis=1), 1, atol=1e-5)
    for text in TEXTS:
        question = original.encode_question(text) @ exported.encode_question(text)
        assert question >= 0.99
    assert (expected @ expected.T).min() < 0.97, "texts that a model cannot tell apart show nothing"


def test_a_model_with_enormous_activations_is_kept_alike_by_finer_scales(tmp_path: Path):
    """Some tokens carry forty times the rest in one channel, as the first token of a language model does."""
    size = {"hidden_size": 128, "intermediate_size": 256, "initializer_range": 0.1}
    folder = save_embedder(tmp_path / "Qwen3-Embedding-0.6B", "qwen3", pooling="lasttoken", size=size)
    weights = load_file(folder / "model.safetensors")
    for name, values in weights.items():
        if name.endswith("embed_tokens.weight"):
            values[200:233, 7] = 40.0
        if "gate_proj" in name or "up_proj" in name:
            values[3, 7] = 10.0
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    small = export_onnx(str(folder), tmp_path / "small")
    assert json.loads((small / "embedder.json").read_text())["weights"] == "int8 by block"
    assert b"MatMulNBits" in (small / "model.onnx").read_bytes()
    expected = open_embedder(str(folder)).encode_passages(TEXTS)
    given = open_embedder(str(small)).encode_passages(TEXTS)
    assert (expected * given).sum(axis=1).min() >= 0.99


def test_the_prompts_of_the_model_go_with_its_export(pair: Callable[[str], tuple[Path, Path]]):
    exported = open_embedder(str(pair("bert")[1]))
    assert np.abs(exported.encode_question("加班费") - exported.encode_passages(["加班费"])[0]).max() > 1e-3


def test_a_text_has_one_vector_whatever_stands_beside(pair: Callable[[str], tuple[Path, Path]]):
    exported = open_embedder(str(pair("qwen3")[1]))
    together = exported.encode_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_array_equal(exported.encode_passages([text])[0], vector)
    assert exported.encode_passages([]).shape == (0, exported.dimensions)


def test_an_export_is_small_and_complete(pair: Callable[[str], tuple[Path, Path]]):
    folder, small = pair("modernbert")
    files = {file.name for file in small.iterdir()}
    assert files == {"model.onnx", "tokenizer.json", "embedder.json"}
    graph = (small / "model.onnx").read_bytes()
    assert b"MatMulInteger" in graph
    assert b"site-packages" not in graph
    description = json.loads((small / "embedder.json").read_text(encoding="utf-8"))
    assert description["source"]["name"] == folder.name
    assert description["pooling"] == "mean"
    assert description["dimensions"] == 24
    assert description["longest"] == 64


def test_an_export_may_be_moved_and_is_known_by_its_contents(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path
):
    folder, small = pair("xlmr")
    moved = Path(shutil.copytree(small, tmp_path / "small"))
    assert recipe(open_embedder(str(moved))) == recipe(open_embedder(str(small)))
    assert recipe(open_embedder(str(moved))) != recipe(open_embedder(str(folder)))
    rewrite(moved / "embedder.json", prompts={"question": "问：", "passage": ""})
    assert recipe(open_embedder(str(moved))) != recipe(open_embedder(str(small)))


def test_an_export_can_be_cut_short(pair: Callable[[str], tuple[Path, Path]]):
    assert open_embedder(str(pair("qwen3")[1]), 16).encode_passages(TEXTS).shape == (len(TEXTS), 16)


def test_an_export_runs_without_torch(pair: Callable[[str], tuple[Path, Path]]):
    code = (
        "import sys; from rag.embedding import open_embedder\n"
        f"open_embedder({str(pair('xlmr')[1])!r}).encode_question('工会')\n"
        "sys.exit(str([name for name in ('torch', 'transformers', 'sentence_transformers', 'onnx')"
        " if name in sys.modules] or '') or 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("way", export.WAYS)
def test_weights_beyond_two_gigabytes_stand_in_a_file_of_their_own(
    way: str, pair: Callable[[str], tuple[Path, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, _ = pair("xlmr")
    monkeypatch.setattr(export, "_ONE_FILE", 0)
    monkeypatch.setattr(export, "WAYS", {way: export.WAYS[way]})
    (tmp_path / "split").mkdir()  # an empty folder may be given
    split = export_onnx(str(folder), tmp_path / "split")
    assert (split / "model.onnx.data").is_file()
    expected = open_embedder(str(folder)).encode_passages(TEXTS)
    given = open_embedder(str(split)).encode_passages(TEXTS)
    assert (expected * given).sum(axis=1).min() >= 0.99


def test_an_export_that_differs_too_much_is_not_kept(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(export, "ALIKE", 1.01)
    with pytest.raises(RagError, match="差得太多"):
        export_onnx(str(pair("bert")[0]), tmp_path / "small")
    assert not any(tmp_path.iterdir())


def test_a_model_that_cannot_be_exported_leaves_nothing_behind(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(export, "_shrink_tables", fail)
    with pytest.raises(RagError, match="导不出为 ONNX：no such operator"):
        export_onnx(str(pair("bert")[0]), tmp_path / "small")
    assert not any(tmp_path.iterdir())


def test_nothing_is_written_over(pair: Callable[[str], tuple[Path, Path]], tmp_path: Path):
    (tmp_path / "kept.txt").write_text("kept")
    for taken in (tmp_path, tmp_path / "kept.txt"):
        with pytest.raises(RagError, match="已有内容"):
            export_onnx(str(pair("bert")[0]), taken)
    assert (tmp_path / "kept.txt").read_text() == "kept"


@pytest.mark.parametrize("model", ["shipped", str(SHIPPED)])
def test_a_static_model_needs_no_export(model: str, tmp_path: Path):
    with pytest.raises(RagError, match="不需要导出"):
        export_onnx(model, tmp_path / "small")


def test_an_export_is_not_exported_again(pair: Callable[[str], tuple[Path, Path]], tmp_path: Path):
    with pytest.raises(RagError, match="已经是导出的模型"):
        export_onnx(str(pair("xlmr")[1]), tmp_path / "small")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.onnx", b""),
        ("model.onnx", b"\xff\x00 damaged"),
        ("model.onnx", None),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", None),
        ("embedder.json", b"\xff\x00 damaged"),
        ("embedder.json", b"{}"),
        ("embedder.json", b"[]"),
        ("embedder.json", b'{"format": 1, "prompts": {"other": ""}, "dimensions": 32}'),
        ("embedder.json", b'{"format": 1, "prompts": {}, "dimensions": "many"}'),
    ],
)
def test_a_damaged_export_is_named_as_damage(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path, file: str, content: bytes | None
):
    folder = Path(shutil.copytree(pair("xlmr")[1], tmp_path / "damaged"))
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)
    with pytest.raises(ModelMissing, match="读不出"):
        open_embedder(str(folder))


def test_an_export_of_another_dimension_than_it_tells_is_damage(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path
):
    folder = Path(shutil.copytree(pair("xlmr")[1], tmp_path / "damaged"))
    rewrite(folder / "embedder.json", dimensions=31)
    with pytest.raises(ModelMissing, match="读不出"):
        open_embedder(str(folder))


def test_an_export_of_another_format_asks_to_be_made_again(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path
):
    folder = Path(shutil.copytree(pair("xlmr")[1], tmp_path / "later"))
    rewrite(folder / "embedder.json", format=onnx.FORMAT + 1)
    with pytest.raises(ModelMissing, match="请重新导出"):
        open_embedder(str(folder))


def test_without_onnxruntime_one_line_says_what_to_install(
    pair: Callable[[str], tuple[Path, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, small = pair("xlmr")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    for attempt in (lambda: open_embedder(str(small)), lambda: export_onnx(str(folder), tmp_path / "small")):
        with pytest.raises(ModelMissing, match=r"pip install 'union-policy-rag\[onnx\]'") as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_there_is_a_thread_for_each_physical_core(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for core, siblings in enumerate(("0,2", "1,3", "0,2", "1,3")):
        (tmp_path / f"cpu{core}").write_text(siblings)
    monkeypatch.setattr(onnx, "_SIBLINGS", str(tmp_path / "cpu{}"))
    monkeypatch.setattr(onnx.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert onnx._cores() == 2
    monkeypatch.setattr(onnx.os, "sched_getaffinity", lambda _: {0, 2}, raising=False)
    assert onnx._cores() == 1
    monkeypatch.setattr(onnx, "_SIBLINGS", str(tmp_path / "none{}"))
    monkeypatch.setattr(onnx.os, "cpu_count", lambda: 6)
    assert onnx._cores() == 6
