"""Token vectors and a tokenizer as a sentence-transformers folder, the same bytes for the same values."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from training.model import Model


def save_model(folder: Path, made: Model) -> None:
    """Write StaticEmbedding + Normalize with fp16 vectors; a README.md that stands there stays."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    weights = torch.from_numpy(made.vectors.astype(np.float16))
    module = StaticEmbedding(made.tokenizer, embedding_weights=weights)
    model = SentenceTransformer(modules=[module, Normalize()], device="cpu")
    card = (folder / "README.md").read_bytes() if (folder / "README.md").exists() else None
    shutil.rmtree(folder, ignore_errors=True)
    model.save(str(folder), create_model_card=False)
    _drop_versions(folder / "config_sentence_transformers.json")
    (folder / "model.safetensors").chmod(0o644)  # safetensors writes for its owner alone
    if card:
        (folder / "README.md").write_bytes(card)


def _drop_versions(path: Path) -> None:
    # The library's own version would change the file, and with it the model's digest, for nothing.
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings.pop("__version__", None)
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
