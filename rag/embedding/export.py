"""Export: a larger model made small, its whole pipeline as one int8 ONNX graph. Needs no network."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rag.embedding.folders import check_folder, find_folder, is_static
from rag.embedding.onnx import (
    DESCRIPTION,
    FORMAT,
    GRAPH,
    INSTALL,
    TOKENIZER,
    OnnxEmbedder,
    is_exported,
)
from rag.embedding.transformer import TransformerEmbedder
from rag.errors import ModelMissing, RagError

if TYPE_CHECKING:
    from rag.types import Embedder, Vectors

ALIKE = 0.99  # least cosine between a probe's vector of the model and of its export
PROBES = (
    "工会经费由谁拨缴？",
    "职工在年休假期间享受与正常工作期间相同的工资收入。",
    "基层工会委员会每届任期三年或者五年。专职主席任期未满时，不得随意调动其工作。" * 4,
    "用人单位与职工之间发生劳动争议，当事人可以申请仲裁；对仲裁裁决不服的，可以向人民法院提起诉讼。",
    "Can the employer move a union chair before the term ends?",
    "1. 3%；（二）37 条",
)
_ONE_FILE = 1_800_000_000  # bytes of weights; a protobuf file holds less than 2 GiB
_UNLIMITED = 2**31


def export_onnx(model: str, folder: Path) -> Path:
    """Write the model named, a hub name or a folder as open_embedder takes them, to ``folder`` as int8 ONNX.

    Token tables are kept as int8 with a scale for each row, matrices as int8 in the first of WAYS that leaves the
    vectors as they were; the rest stays float32. Gives ``folder``, which open_embedder opens without torch.
    The memory needed is three to four times the model's float32 weights.
    Raises ModelMissing where the model cannot be loaded or a package is missing, RagError where ``folder`` is
    taken, the model cannot be exported, or the export's vectors differ from the model's (cosine under 0.99).
    """
    _check_packages()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RagError(f"{folder} 里已有内容，没有写入。请换一个空文件夹。")
    original = _exportable(model)
    expected = _probe(original)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".export-") as place:
        whole = Path(place) / "whole.onnx"
        with _exporting(original.name):
            _write_whole(original.model, whole)
        built = _first_alike(original, expected, whole, folder.name)
        if folder.exists():
            folder.rmdir()
        built.rename(folder)
    return folder


def _first_alike(original: TransformerEmbedder, expected: Vectors, whole: Path, name: str) -> Path:
    """The folder made in the first way whose vectors are those expected. Raises RagError where none is."""
    large = sum(each.numel() for each in original.model.state_dict().values()) > _ONE_FILE
    for number, (way, quantise) in enumerate(WAYS.items()):
        built = whole.with_name(f"built-{number}")
        built.mkdir()
        with _exporting(original.name):
            quantise(whole, built / GRAPH, large)
        _write_tokenizer(original.model, built / TOKENIZER)
        (built / DESCRIPTION).write_text(_description(original, way), encoding="utf-8")
        given = _probe(OnnxEmbedder(built, name))
        least = float((expected * given).sum(axis=1).min())
        if least >= ALIKE:
            return built
    raise RagError(
        f"模型 {original.name} 导出后的向量与原来的差得太多（余弦 {least:.3f}，应不低于 {ALIKE}），已放弃。"
        "请直接使用原模型。"
    )


def _check_packages() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ModelMissing(f"导出模型要用 {error.name}，本机没有安装它。{INSTALL}") from error


def _exportable(model: str) -> TransformerEmbedder:
    if model == "shipped":
        raise RagError("内置模型本来就不用 torch，不需要导出。请写一个较大的模型的名字或文件夹。")
    source, name = find_folder(model)
    if is_exported(source):
        raise RagError(f"{source} 已经是导出的模型，可以直接使用：设 RAG_MODEL 为这个文件夹。")
    check_folder(source)
    if is_static(source):
        raise RagError(f"模型 {name} 是静态模型，本来就不用 torch，不需要导出。")
    return TransformerEmbedder(source, name)


def _write_whole(model: Any, path: Path) -> None:
    """The pipeline from token ids (1, tokens) to the vector (1, dimensions), its matrices in float32."""
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
            vector: torch.Tensor = self.model(features)["sentence_embedding"]
            return vector

    model.cpu().float().eval()
    _shrink_tables(model)
    torch.onnx.export(
        Pipeline().eval(),
        (torch.ones((1, 8), dtype=torch.int64),),
        str(path),
        dynamo=True,
        input_names=["input_ids"],
        output_names=["vector"],
        dynamic_shapes={"input_ids": {1: torch.export.Dim.DYNAMIC}},
        external_data=True,
        verbose=False,
    )
    _strip(path)


def _shrink_tables(model: Any) -> None:
    """Put int8 rows with a scale each in the place of the token tables, most of a multilingual model's weights.

    quantize_dynamic has one scale for a whole table, which a few large rows make coarse.
    """
    import torch

    class Rows(torch.nn.Module):
        def __init__(self, table: torch.Tensor) -> None:
            super().__init__()
            scale = table.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
            self.register_buffer("scale", scale)
            self.register_buffer("rows", (table / scale).round().to(torch.int8))

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            lookup = torch.nn.functional.embedding
            return lookup(ids, self.get_buffer("rows")).float() * lookup(ids, self.get_buffer("scale"))

    for parent in list(model.modules()):
        for name, part in list(parent.named_children()):
            if type(part) is torch.nn.Embedding:  # a subclass does more than look up
                setattr(parent, name, Rows(part.weight.detach()))


def _by_tensor(whole: Path, target: Path, large: bool) -> None:
    """Weights with a scale for each column, what flows between them with one scale for all: the fastest."""
    from onnxruntime.quantization import quantize_dynamic

    quantize_dynamic(
        whole,
        target,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        use_external_data_format=large,
    )


def _by_block(whole: Path, target: Path, large: bool) -> None:
    """Both with a scale for every 32 numbers, for models in which a few activations are enormous.

    Language models are such: one scale for all then leaves nothing of the rest.
    """
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    made = MatMulNBitsQuantizer(onnx.load(whole), bits=8, block_size=32, is_symmetric=True, accuracy_level=4)
    made.process()
    made.model.save_model_to_file(str(target), large)


WAYS: Mapping[str, Callable[[Path, Path, bool], None]] = {"by tensor": _by_tensor, "by block": _by_block}


def _strip(graph: Path) -> None:
    """Drop what the exporter tells of its own source files from a graph; the weights beside it stay."""
    import onnx

    proto = onnx.load(graph, load_external_data=False)
    for part in (proto, proto.graph, *proto.graph.node, *proto.graph.value_info, *proto.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(proto, graph)


def _write_tokenizer(model: Any, path: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if (longest := _longest(model)) is not None:
        tokenizer.enable_truncation(longest, direction=model.tokenizer.truncation_side)
    tokenizer.save(str(path))


def _longest(model: Any) -> int | None:
    """Tokens that the model takes; None where it tells no limit (transformers then has a number of 30 digits)."""
    longest = model.max_seq_length
    return None if longest is None or longest >= _UNLIMITED else int(longest)


def _description(original: TransformerEmbedder, way: str) -> str:
    parts = {type(part).__name__: part for part in original.model}
    pooling = getattr(parts.get("Pooling"), "pooling_mode", None)
    return json.dumps(
        {
            "format": FORMAT,
            "source": {"name": original.name, "digest": original.digest},
            "dimensions": original.dimensions,
            "longest": _longest(original.model),
            "pooling": pooling,
            "normalised": "Normalize" in parts,
            "weights": f"int8 {way}",
            "prompts": {"question": original.prompts.question, "passage": original.prompts.passage},
        },
        ensure_ascii=False,
        indent=2,
    )


def _probe(embedder: Embedder) -> Vectors:
    """The probes as passages, then as questions."""
    import numpy as np

    questions = np.stack([embedder.encode_question(text) for text in PROBES])
    return np.concatenate([embedder.encode_passages(PROBES), questions])


@contextmanager
def _exporting(name: str) -> Iterator[None]:
    """Errors told as the export's, and no notes: they speak of the exporters' insides, which no user can change."""
    silenced = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # torch and onnxruntime raise whatever a foreign model makes them raise
        raise RagError(f"模型 {name} 导不出为 ONNX：{error}。请直接使用原模型。") from error
    finally:
        logging.disable(silenced)
