"""Draws the README's picture from a real run of the demo in a terminal of memory.

    .venv/bin/python -m tests.project.picture > .github/demo.svg

The upper frame is the live display in the middle of the run, the lower one is how the run ends.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS, LINES = 88, 24
COMMAND = ("demo", "--orgs", "600", "--licenses", "200", "--fault-rate", "0.03")
ROOT = Path(__file__).resolve().parents[2]

SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>auditor demo at work</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/>\
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def record() -> tuple[list[Text], list[Text]]:
    """Run the demo under a terminal; a frame of the live display, and the last screen."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    live: list[Text] = []
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "auditor", *COMMAND],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
        )
        os.close(follower)
        while chunk := _read(leader):
            stream.feed(chunk)
            if not live and _is_half_way(screen.display):
                live = frame(screen)
        process.wait()
    return live, frame(screen)


def _is_half_way(display: list[str]) -> bool:
    """The live display shows how many organizations are done, and that is 40 % at least."""
    found = re.search(r"([0-9,]+)/([0-9,]+) organizations", "\n".join(display))
    done, total = (int(text.replace(",", "")) for text in found.groups()) if found else (0, 1)
    return done >= 0.4 * total and any("left" in line for line in display)


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # what Linux says when the other side of a terminal is gone
        return b""


def frame(screen: pyte.Screen) -> list[Text]:
    """The screen's lines that hold something, with their colors."""
    lines = []
    for number in range(screen.lines):
        line = Text(no_wrap=True)
        for column in range(screen.columns):
            cell = screen.buffer[number][column]
            color = None if cell.fg == "default" else cell.fg if len(cell.fg) != 6 else f"#{cell.fg}"
            line.append(cell.data, Style(color=_known(color), bold=cell.bold))
        line.rstrip()
        lines.append(line)
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return lines


def _known(color: str | None) -> str | None:
    """Pyte's names for the sixteen colors, in rich's words."""
    return {"brown": "yellow"}.get(color, color) if color else None


def main() -> None:
    """Print the picture as SVG on stdout."""
    live, last = record()
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ auditor {' '.join(COMMAND)}", style="bold"))
    for line in live:
        console.print(line)
    console.print(Text("… and when it is done:", style="dim italic"))
    for line in last[1:]:
        console.print(line)
    console.print()
    sys.stdout.write(console.export_svg(title="auditor", theme=MONOKAI, code_format=SVG, unique_id="demo"))


if __name__ == "__main__":
    main()
