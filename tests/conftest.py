"""What holds for every test: the environment, the shared folder, and no network beyond this machine."""

from __future__ import annotations

import os

# Read when torch, faiss, huggingface_hub and gradio are first imported.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
THIS_MACHINE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what reads the shared folder where that does not stand."""
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared") or "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=f"{SHARED} does not stand here"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of corpora and questions beside the repository."""
    return SHARED


def stays_here(family: int, address: Any) -> bool:
    """Whether a socket of that family reaches no other machine at that address."""
    return family not in (socket.AF_INET, socket.AF_INET6) or address[0] in THIS_MACHINE


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A test that reaches for another host fails, whatever its code does with errors."""

    def guarded(connect: Any) -> Any:
        def attempt(self: socket.socket, address: Any) -> Any:
            if not stays_here(self.family, address):
                pytest.fail(f"a test reached for the network: {address}")
            return connect(self, address)

        return attempt

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        yield
