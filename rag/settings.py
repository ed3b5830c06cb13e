"""One frozen Settings, from rag.toml and RAG_* environment variables; the only reader of the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NUMBER, _WHOLE, _FILES = "应是数字", "应是整数", '应是一个文件，或 JSON 列表 ["甲.csv", "乙.csv"]'
_ALLOWED = {
    "int_parsing": _WHOLE, "int_type": _WHOLE, "int_from_float": _WHOLE, "int_parsing_size": _WHOLE,
    "float_parsing": _NUMBER, "float_type": _NUMBER, "finite_number": _NUMBER,
    "greater_than_equal": "不能小于 {ge}", "less_than_equal": "不能大于 {le}",
    "string_type": "应是文字", "path_type": "应是文件或文件夹的路径",
    "tuple_type": _FILES, "value_error": "{error}", "extra_forbidden": "没有这个设置，可用的有 {known}",
}  # fmt: skip


def _files(given: object) -> object:
    """One path, or several: of the environment as a JSON list."""
    if not isinstance(given, str):
        return given
    if not given.lstrip().startswith("["):
        return (given,) if given.strip() else ()
    try:
        return json.loads(given)
    except ValueError as error:
        raise ValueError(_FILES) from error


class Settings(BaseSettings):
    """Everything that can be set. Environment variables win over rag.toml, arguments over both."""

    model_config = SettingsConfigDict(env_prefix="RAG_", toml_file="rag.toml", frozen=True, extra="forbid")

    index: Path = Path("index")
    """Folder of the built index."""
    model: str = "shipped"
    """Embedding model: ``shipped``, a short name, any hub name, or a folder."""
    truncate_dim: Annotated[int, Field(ge=16)] | None = None
    """Dimensions kept of each vector; for larger models trained to be cut (Matryoshka). Another index is needed."""
    reranker: str = ""
    """Cross-encoder that puts the best passages in order: a short name, any hub name, or a folder; empty: none."""
    rerank_passages: Annotated[int, Field(ge=2, le=200)] = 20
    """Passages that the cross-encoder reads for each question."""
    passages: Annotated[int, Field(ge=1, le=200)] = 10
    """Passages shown with an answer."""
    candidates: Annotated[int, Field(ge=10, le=2000)] = 400
    """Passages that each channel gives to the fusion."""
    dense_weight: Annotated[float, Field(ge=0, le=10)] = 1.4
    """Weight of the vectors in the fusion; the words have weight 1."""
    question_chars: Annotated[int, Field(ge=10)] = 2000
    """Longest question that is taken, in characters."""
    glossary: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_files)] = ()
    """Files of terms of one's own, joined to the shipped glossary: ``glossary = ["our-terms.csv"]`` in rag.toml.

    CSV, UTF-8, with a heading of ``zh`` and any of ``lay,en,ja,ko,vi,fr,es,de,ru,zh-Hant``; several words in a
    cell are joined by ``|``. RAG_GLOSSARY takes one path or a JSON list."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 7860

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: object) -> Settings:
    """The settings in force here; ``given`` (those not None) win.

    Raises SettingsError, naming the setting, on a value that cannot be used.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        told = "；".join(map(_told, error.errors()))
        raise SettingsError(f"设置有误：{told}。请检查 rag.toml 和 RAG_ 环境变量。") from error
    except ValueError as error:  # rag.toml that is not TOML
        raise SettingsError(f"rag.toml 不是有效的 TOML 文件（{error}）。请改正或移走它。") from error


def _told(error: ErrorDetails) -> str:
    """The setting, by its name in rag.toml and in the environment, what is allowed, and what was given."""
    name = str(error["loc"][0]) if error["loc"] else ""
    facts: Mapping[str, object] = {**error.get("ctx", {}), "known": "、".join(Settings.model_fields)}
    allowed = _ALLOWED.get(error["type"], error["msg"].replace("{", "{{").replace("}", "}}")).format_map(
        facts
    )
    if name not in Settings.model_fields:
        return f"{name}：{allowed}"
    return f"{name}（环境变量 RAG_{name.upper()}）{allowed}，给的是 {str(error['input'])[:80]}"
