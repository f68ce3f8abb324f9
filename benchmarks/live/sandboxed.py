"""Runs small functions that somebody else wrote, in a process of their own with limits.

Not a jail for hostile code: the source may hold nothing but one function without imports and without names
that begin with an underscore, of few builtins, and the process has little time and memory and no environment.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

SECONDS = 5
"""How long all functions of one run may take together."""
BUILTINS = [
    *(
        "abs",
        "all",
        "any",
        "bool",
        "dict",
        "enumerate",
        "filter",
        "float",
        "int",
        "isinstance",
        "len",
        "list",
    ),
    *(
        "map",
        "max",
        "min",
        "next",
        "range",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
    ),
]
FENCE = re.compile(r"```[a-zA-Z]*\n(.*?)```", re.DOTALL)
RUNNER = """
import builtins, copy, json, resource, sys
given = json.load(sys.stdin)
resource.setrlimit(resource.RLIMIT_CPU, (given["seconds"], given["seconds"]))
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
allowed = {name: getattr(builtins, name) for name in given["builtins"]}
def ran(text, arguments):
    arguments, names = copy.deepcopy(arguments), {"__builtins__": allowed}
    try:
        exec(given["library"], names)
        known = set(names)
        exec(text, names)
        [name] = set(names) - known
        return {"returned": names[name](*arguments), "left": arguments}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
found = [[[ran(text, each) for each in inputs] for text in texts] for texts, inputs in given["jobs"]]
json.dump(found, sys.stdout, default=repr)
"""

Job = tuple[Sequence[str], Sequence[Any]]
Ran = list[dict[str, Any]]
"""What came of a function, by input: `returned` and the arguments as they were `left`, or an `error`."""


def function_in(answer: str) -> str | None:
    """The source of the one function in an answer, fenced or bare; None if it holds none that may be run."""
    fenced = FENCE.findall(answer)
    text = (fenced[-1] if fenced else answer).strip() + "\n"
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if [type(each) for each in tree.body] != [ast.FunctionDef]:
        return None
    refused = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.ClassDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        named = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", None) or ""
        if (
            isinstance(node, refused)
            or str(named).startswith("_")
            or named in {"format", "format_map", "log"}
        ):
            return None
    return text


def run(library: str, jobs: Sequence[Job], seconds: int = SECONDS) -> list[list[Ran]]:
    """What functions return and leave on inputs; beside them stand the names of the library.

    Args:
        library: Python that defines what the functions call.
        jobs: Sources of one function each, and the arguments of the calls that each of them is run with.
        seconds: How long all of it may take; what takes longer counts as an error everywhere.

    Returns:
        For each job, for each of its functions, what came of it.
    """
    given = {"library": library, "jobs": jobs, "builtins": BUILTINS, "seconds": seconds}
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter on the program above
            [sys.executable, "-I", "-S", "-c", RUNNER],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=4 * seconds,
            env={},
            check=True,
        )
        found: list[list[Ran]] = json.loads(done.stdout)
    except (subprocess.SubprocessError, json.JSONDecodeError):
        return [
            [[{"error": "it did not end in time, or not well"}] * len(of)] * len(texts) for texts, of in jobs
        ]
    return found
