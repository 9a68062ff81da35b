"""Answers a question about modules of the project; the question itself stands behind this text.

Run by `cargo xtask … --python`; the request is JSON in the first argument: `modules` to import, `roots` for imports, and
`top`, the folder of the project. The answer is one line of JSON on the standard output.
"""
import json, os, sys

ANSWER = os.fdopen(os.dup(1), "w", encoding="utf-8", closefd=True)
# What models print while they are imported is no part of the answer.
os.dup2(2, 1)


def answer(value):
    ANSWER.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    ANSWER.flush()
    os._exit(0)


REQUEST = json.loads(sys.argv[1])
TOP = os.path.realpath(REQUEST["top"])
sys.path[0:1] = REQUEST["roots"]

import importlib, re, traceback  # noqa: E402


def relative(path):
    full = os.path.realpath(path)
    return os.path.relpath(full, TOP).replace(os.sep, "/") if full.startswith(TOP + os.sep) else path


def failure(kind, subject, error):
    """What an exception says, and the last place in the project that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename not in ("<stdin>", __file__)]
    frames = [f for f in frames if not f.filename.startswith("<frozen")]
    path, line = None, None
    if isinstance(error, SyntaxError) and error.filename:
        path, line = relative(error.filename), error.lineno
    for frame in frames:
        here = relative(frame.filename)
        is_ours = here != frame.filename and "site-packages" not in here
        if is_ours and not isinstance(error, SyntaxError):
            path, line = here, frame.lineno
    shown = [f"{relative(f.filename)}:{f.lineno} in {f.name}: {f.line}" for f in frames[-6:]]
    said = traceback.format_exception_only(type(error), error)[-1].strip()
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"kind": kind, "subject": subject, "said": said, "path": path, "line": line, "trace": shown, "missing": missing}


try:
    import sqlalchemy as sa
    import sqlalchemy.orm
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex
except ImportError as error:
    answer({"failures": [failure("sqlalchemy", "sqlalchemy", error)], "python": sys.version.split()[0]})

FAILURES = []


def imported(names):
    modules = []
    for name in names:
        try:
            modules.append(importlib.import_module(name))
        except BaseException as error:  # noqa: BLE001 - models may even call sys.exit()
            if isinstance(error, KeyboardInterrupt):
                raise
            FAILURES.append(failure("import", name, error))
    return modules
