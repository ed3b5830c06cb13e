"""Train rag/model: python -m training.build --shared ../shared --out rag/model --seed 7."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from rag.bank import SHIPPED
from training.recipe import Ground, School, first_stage
from training.save import save_model


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, train, save; every step is timed on the screen."""
    parser = argparse.ArgumentParser(prog="training.build", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the training data")
    parser.add_argument("--bank", type=Path, default=SHIPPED, help="the question bank")
    parser.add_argument("--out", type=Path, default=Path("rag/model"), help="folder to write")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--statutes", type=Path, help="folder of the first stage: read if it stands, else kept"
    )
    given = parser.parse_args(arguments)

    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)

    ground = Ground.read(given.shared, given.bank)
    say(f"{len(ground.articles)} articles, {len(ground.labels)} labelled questions")
    start = first_stage(ground, given.seed, given.statutes, say)
    say("statute stage done")
    model = School.prepare(ground, start).teach(range(len(ground.labels)), given.seed)
    save_model(given.out, model)
    say(f"saved {given.out}")


if __name__ == "__main__":
    main()
