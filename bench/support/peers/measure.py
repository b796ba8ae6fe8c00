"""Runs a pipeline of processes to its end and prints what each of them took, as JSON.

Arguments: a JSON object with "commands", each a list of words, joined by pipes; "log", where their standard error goes.
"""

import json
import os
import subprocess
import sys
import time

asked = json.loads(sys.argv[1])
log = open(asked["log"], "wb")
children = []
begun = time.monotonic()
source = subprocess.DEVNULL
for command in asked["commands"]:
    is_last = len(children) == len(asked["commands"]) - 1
    child = subprocess.Popen(command, stdin=source, stdout=log if is_last else subprocess.PIPE, stderr=log)
    if source is not subprocess.DEVNULL:
        source.close()
    source = child.stdout
    children.append(child)
ended = {}
while len(ended) < len(children):
    # Memory and processor time of this very process alone: the kernel counts them.
    pid, status, usage = os.wait4(-1, 0)
    ended[pid] = {
        "code": os.waitstatus_to_exitcode(status),
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
    }
seconds = time.monotonic() - begun
print(json.dumps({"seconds": seconds, "processes": [ended[child.pid] for child in children]}))
