"""Runs the real duplicity for each line of input, a JSON list of arguments,
and answers with a line of JSON: its exit code and what it said. Loading its
modules takes longer than most of what the tests ask of it, so they are loaded
once, and every run is a fork."""
import json
import os
import runpy
import sys
import tempfile

program = sys.argv[1]
sys.argv = ["duplicity"]

import duplicity.dup_main  # noqa: E402
from duplicity import backend, log  # noqa: E402

# Every run sets up a log of its own; until then there is none.
loud, log.Log = log.Log, lambda *args, **named: None
backend.import_backends()
log.Log = loud


def child(args, out):
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = ["duplicity"] + args
    code = 99
    try:
        runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


for line in sys.stdin:
    with tempfile.TemporaryFile() as out:
        pid = os.fork()
        if pid == 0:
            child(json.loads(line), out.fileno())
        _, status = os.waitpid(pid, 0)
        out.seek(0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "said": out.read().decode("utf-8", "replace")}), flush=True)
