"""Runs one program to its end and prints what it cost, as a line of JSON.

    python -I -S tests/benchmarks/launch.py OUTPUT_FILE PROGRAM ARGUMENTS...

A process of its own, and a small one: the peak that Linux tells of a child begins with the memory of
whoever started it, because the mark survives `exec`. Started from the benchmark itself, no client
could seem smaller than the benchmark is.
"""

import os
import sys
import time

output_file, *command = sys.argv[1:]
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
started_at = time.clock_gettime(time.CLOCK_MONOTONIC)
process_id = os.posix_spawn(
    command[0],
    command,
    os.environ,
    file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output_file, flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ],
)
_, status, usage = os.wait4(process_id, 0)
wall_seconds = time.clock_gettime(time.CLOCK_MONOTONIC) - started_at
sys.stdout.write(
    f'{{"startedAt": {started_at}, "wallSeconds": {wall_seconds},'
    f' "cpuSeconds": {usage.ru_utime + usage.ru_stime}, "peakBytes": {usage.ru_maxrss * 1024},'
    f' "exitCode": {os.waitstatus_to_exitcode(status)}}}\n'
)
