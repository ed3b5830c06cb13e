"""Embedding: texts to vectors, by the shipped model, a larger one, or a larger one made small (ONNX int8)."""

from rag.embedding.export import export_onnx
from rag.embedding.folders import SHORT_NAMES, check_folder, digest, find_folder, is_static, reachable
from rag.embedding.onnx import OnnxEmbedder
from rag.embedding.opening import LARGER, open_embedder
from rag.embedding.prompts import FAMILIES, Prompts, prompts_for
from rag.embedding.static import SHIPPED, StaticEmbedder
from rag.embedding.transformer import TransformerEmbedder

__all__ = [
    "FAMILIES",
    "LARGER",
    "SHIPPED",
    "SHORT_NAMES",
    "OnnxEmbedder",
    "Prompts",
    "StaticEmbedder",
    "TransformerEmbedder",
    "check_folder",
    "digest",
    "export_onnx",
    "find_folder",
    "is_static",
    "open_embedder",
    "prompts_for",
    "reachable",
]
