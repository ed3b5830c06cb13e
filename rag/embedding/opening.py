"""Opening: the embedder that a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.embedding.folders import check_folder, find_folder, is_static
from rag.embedding.onnx import OnnxEmbedder, is_exported
from rag.embedding.static import SHIPPED, StaticEmbedder
from rag.embedding.transformer import TransformerEmbedder
from rag.embedding.unit import Shortened
from rag.errors import SettingsError

if TYPE_CHECKING:
    from rag.types import Embedder

LARGER = (
    "更大的模型更懂口语问题（已公布的 AIR-Bench 法律中文 nDCG@1：BM25 0.368，multilingual-e5-large 0.724）。"
    "轻便的一种是 granite-embedding-97m-multilingual-r2（195 MB，MTEB 多语检索 60.3）："
    "设环境变量 RAG_MODEL=granite-embedding-97m-multilingual-r2，再运行 rag ingest 原来的路径 --rebuild"
)


def open_embedder(model: str, truncate_dim: int | None = None) -> Embedder:
    """The embedder named: ``shipped``, a folder (also one that export_onnx wrote), a short name, or a hub name
    (owner/model), its vectors cut to ``truncate_dim`` dimensions where that is given.

    A hub name is looked for in the local cache first, and downloaded only when the hub (or HF_ENDPOINT)
    takes a connection within two seconds.
    Raises ModelMissing when there is no such model here, or when its files are not safe to load; SettingsError
    when its vectors cannot be cut so.
    """
    if truncate_dim is not None and model == "shipped":
        raise SettingsError("内置模型的向量不能截短。请去掉 truncate_dim，或换一个支持截短的较大模型。")
    embedder = _whole(model)
    if truncate_dim is None or truncate_dim == embedder.dimensions:
        return embedder
    if not 0 < truncate_dim < embedder.dimensions:
        raise SettingsError(
            f"truncate_dim={truncate_dim} 用不了：模型 {embedder.name} 的向量只有 {embedder.dimensions} 维。"
            "请设一个更小的数，或去掉这一项。"
        )
    return Shortened(embedder, truncate_dim)


def _whole(model: str) -> Embedder:
    if model == "shipped":
        return StaticEmbedder(SHIPPED, "shipped", simplify=True)
    folder, name = find_folder(model)
    if is_exported(folder):
        return OnnxEmbedder(folder, name)
    check_folder(folder)
    if is_static(folder):
        return StaticEmbedder(folder, name)
    return TransformerEmbedder(folder, name)
