"""Tiny models of the families that users name: their own configurations, random weights, small vocabularies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TEXTS = (
    "工会经费由谁拨缴？",
    "职工在年休假期间享受与正常工作期间相同的工资收入。",
    "加班费",
    "基层工会主席任期未满时，不得随意调动其工作。" * 3,
    "union wage",
)
_ALPHABET = "".join(dict.fromkeys("".join(TEXTS) + "abcdefghijklmnopqrstuvwxyz:：,.<>|"))
_SIZE = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "initializer_range": 0.3,
}
_BLANK = "▁"


def save_embedder(
    folder: Path, family: str, *, prompts: Mapping[str, str] | None = None, **parts: Any
) -> Path:
    """A sentence-transformers folder of a family: bert, xlmr, modernbert or qwen3.

    ``parts``: ``pooling`` (mean, cls, lasttoken), ``dense`` (its dimensions), ``normalise``, ``size`` (values of the
    transformer's configuration).
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer

    plain = save_transformer(folder.parent / f"{folder.name}-plain", family, **parts.get("size", {}))
    body = Transformer(str(plain), model_kwargs={"use_safetensors": True})
    width = body.get_embedding_dimension()
    modules: list[Any] = [body, Pooling(width, parts.get("pooling", "mean"))]
    if "dense" in parts:
        modules.append(Dense(width, parts["dense"]))
    if parts.get("normalise", True):
        modules.append(Normalize())
    model = SentenceTransformer(modules=modules, device="cpu", prompts=dict(prompts or {}))
    model.save(str(folder), create_model_card=False)
    return folder


def save_reranker(folder: Path, family: str, labels: int = 1) -> Path:
    """A sequence classifier of a family, as a cross-encoder's folder stands on the hub."""
    return save_transformer(folder, family, head="ForSequenceClassification", num_labels=labels)


def save_transformer(folder: Path, family: str, head: str = "Model", **more: Any) -> Path:
    """Weights and tokenizer of a family, with a head of transformers' own (Model, ForCausalLM, …)."""
    import torch
    import transformers

    torch.manual_seed(7)
    stem, options = _FAMILIES[family]
    folder.mkdir(parents=True)
    tokenizer = _TOKENIZERS[family]()
    size = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id, **_SIZE, **options, **more}
    config = getattr(transformers, f"{stem}Config")(**size)
    tokenizer.save_pretrained(folder)
    model = getattr(transformers, f"{stem}{head}")(config)
    model.to(getattr(torch, options.get("dtype", "float32"))).save_pretrained(folder)
    return folder


def rewrite(path: Path, **values: Any) -> None:
    """Change values of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _bert_tokenizer() -> Any:
    from transformers import BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_ALPHABET, *(f"##{char}" for char in _ALPHABET)]
    return BertTokenizer(vocab=_numbered(words), model_max_length=64)


def _xlmr_tokenizer() -> Any:
    from transformers import XLMRobertaTokenizer

    special = [(word, 0.0) for word in ("<s>", "<pad>", "</s>", "<unk>")]
    pieces = [(char, -3.0) for char in (_BLANK, *_ALPHABET)]
    return XLMRobertaTokenizer(vocab=[*special, *pieces, ("<mask>", 0.0)], model_max_length=64)


def _modernbert_tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = _numbered(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_ALPHABET])
    inner = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])],
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner, model_max_length=64, **names
    )


def _qwen3_tokenizer() -> Any:
    from tokenizers import pre_tokenizers, processors
    from transformers import Qwen2Tokenizer

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "yes", "no"]
    words = _numbered([*sorted(pre_tokenizers.ByteLevel.alphabet()), *special])
    tokenizer = Qwen2Tokenizer(
        vocab=words, merges=[], padding_side="left", model_max_length=512, extra_special_tokens=special[1:]
    )
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|endoftext|>", pair="$A $B", special_tokens=[("<|endoftext|>", words["<|endoftext|>"])]
    )
    return tokenizer


def _numbered(words: Sequence[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(dict.fromkeys(words))}


_FAMILIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "bert": ("Bert", {}),
    "xlmr": ("XLMRoberta", {"max_position_embeddings": 66, "type_vocab_size": 1}),
    "modernbert": (
        "ModernBert",
        {"local_attention": 16, "cls_token_id": 2, "sep_token_id": 3,
         "bos_token_id": 2, "eos_token_id": 3},
    ),
    "qwen3": ("Qwen3", {"num_key_value_heads": 2, "head_dim": 8, "dtype": "bfloat16", "eos_token_id": 256,
                        "pad_token_id": None}),
}  # fmt: skip
_TOKENIZERS = {
    "bert": _bert_tokenizer,
    "xlmr": _xlmr_tokenizer,
    "modernbert": _modernbert_tokenizer,
    "qwen3": _qwen3_tokenizer,
}
