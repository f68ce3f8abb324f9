"""Record gold runs of all ScienceWorld tasks, for benchmarks/retrieval.py. Needs Java and `scienceworld`.

    python -m benchmarks.scienceworld_gold FILE.jsonl

For each of the 30 tasks: four training variations played through, and the task texts of four test variations
(one JSON line each, `split` tells them apart), readable with examples/maps/scienceworld.toml.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scienceworld import ScienceWorldEnv

VARIATIONS = 4
MOST_STEPS = 60


def main() -> None:
    """Write the file."""
    env = ScienceWorldEnv("", None, envStepLimit=100)
    with Path(sys.argv[1]).open("w") as file:
        for name in env.get_task_names():
            for record in episodes(env, name):
                file.write(json.dumps(record) + "\n")
    env.close()


def episodes(env: Any, name: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - the package has no types
    """The episodes of one task."""
    env.load(name, 0, "", generateGoldPath=False)
    for split, variations in (("train", env.get_variations_train()), ("test", env.get_variations_test())):
        step = max(1, len(variations) // VARIATIONS)
        for variation in list(variations)[::step][:VARIATIONS]:
            env.load(name, variation, "", generateGoldPath=split == "train")
            yield {
                "id": f"{name}-{variation}",
                "env": "scienceworld",
                "task_name": name,
                "variation": variation,
                "split": split,
                "task": env.get_task_description(),
                "initial_observation": "",
                "steps": played(env) if split == "train" else [],
                "final_score": 100,
                "success": True,
            }


def played(env: Any) -> list[dict[str, str]]:  # noqa: ANN401 - the package has no types
    """The gold run's steps."""
    env.reset()
    return [
        {"action": action, "observation": env.step(action)[0]}
        for action in env.get_gold_action_sequence()[:MOST_STEPS]
    ]


if __name__ == "__main__":
    main()
