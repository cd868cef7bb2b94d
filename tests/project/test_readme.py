"""The README is a promise: what it names exists, and what exists is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import click
import pytest

from auditor.cli.exit_codes import ExitCode
from auditor.cli.main import COMMANDS, cli, exit_code_of
from auditor.cli.options import OTHER_VARIABLES
from auditor.domain.note import NoteKind
from auditor.domain.outcome import FailureClass, SkipReason
from auditor.judge.policy import Policy
from auditor.judge.verdict import judge
from auditor.judge.verdict_json import verdict_block
from auditor.settings.environment import variable_paths
from auditor.simulator.server import Simulator
from auditor.simulator.world import WorldSpec
from tests.domain.builders import AS_OF
from tests.report.evidences import a_report, a_result

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SET_UP = "python3 -m venv --without-pip .venv && python3 -m pip --python .venv install -q -r "
OWN_TEXT = "\n".join(line for line in README.splitlines() if not line.startswith(SET_UP))
"""Without the two commands that are pip's and venv's options."""


def commands(group: click.Group = cli, name: str = "auditor") -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups included."""
    yield name, group
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def options_of(command: click.Command) -> set[str]:
    names = {name for parameter in command.params for name in parameter.opts + parameter.secondary_opts}
    return names | {"--help", "-h"}


ALL = dict(commands())


def code_blocks() -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def table_after(heading: str) -> dict[str, str]:
    """First and second column of the first table below *heading*."""
    section = README.split(f"{heading}\n", 1)[1]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section.split("\n\n##")[0], re.MULTILINE)
    return dict(rows[1:])


class TestSetUp:
    def test_two_commands_set_it_up_from_a_clone(self) -> None:
        """One to see it at work, one to test it; the lock files they name are there."""
        lines = [line for line in README.splitlines() if line.startswith(SET_UP)]

        assert [line.removeprefix(SET_UP) for line in lines] == [
            "requirements.lock && .venv/bin/python -m auditor demo",
            "requirements-test.lock && .venv/bin/python -m pytest",
        ]
        assert (ROOT / "requirements.lock").is_file()
        assert (ROOT / "requirements-test.lock").is_file()

    def test_ci_runs_the_test_command_to_the_letter(self) -> None:
        """What is documented is what is checked."""
        command = next(line for line in README.splitlines() if line.startswith(f"{SET_UP}requirements-test"))

        assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == command

    def test_links_and_pictures_lead_to_files_that_are_there(self) -> None:
        """Those into the tree, that is."""
        targets = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]

        assert targets
        assert [target for target in targets if not (ROOT / target).exists()] == []


class TestCommands:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_is_named(self, name: str) -> None:
        """`auditor --help` holds no surprise."""
        assert re.search(rf"\bauditor {name}\b", README)

    def test_every_command_that_is_named_exists(self) -> None:
        """In code, `auditor` is followed by a command, an option or nothing."""
        quoted = [*code_blocks(), *re.findall(r"`([^`\n]+)`", README)]
        named = {word for text in quoted for word in re.findall(r"\bauditor ([a-z]\w*)", text)}

        assert named <= set(COMMANDS)

    def test_every_option_that_is_named_exists(self) -> None:
        """Somewhere; the commands below are checked one by one."""
        known = set().union(*map(options_of, ALL.values()))
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", OWN_TEXT))

        assert named
        assert named - known == set()

    def test_options_are_shown_with_commands_that_take_them(self) -> None:
        """Whoever copies a line gets what it says."""
        lines = re.findall(r"^auditor .+$", "\n".join(code_blocks()), re.MULTILINE)

        assert lines
        for line in lines:
            words = line.split("#")[0].split()
            options = {word for word in words if word.startswith("--")}
            assert options <= options_of(ALL[" ".join(words[:2])]), line

    def test_help_lists_every_command_of_the_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The list in `main` is what `--help` shows, and each command can be imported."""
        assert exit_code_of(["--help"]) == 0

        shown = capsys.readouterr().out
        assert all(f"  {name} " in shown for name in COMMANDS)
        assert {name.split()[1] for name in ALL if " " in name} == set(COMMANDS)


class TestTables:
    def test_every_exit_code_is_explained_and_no_other(self) -> None:
        """And what 1 is not."""
        told = {int(number) for cell in table_after("### Exit codes") for number in cell.split(", ")}

        assert "\n1 is for a policy alone" in README
        assert told == set(ExitCode)

    def test_exit_codes_of_the_help_are_those_of_the_readme(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Whoever has no README at hand."""
        exit_code_of(["--help"])
        section = capsys.readouterr().out.split("Exit codes:")[1]
        told = {int(number) for number in re.findall(r"^ +(\d+)  ", section, re.MULTILINE)}

        assert told == {0, 1, 2, 3, 4, 130}
        assert "143 by SIGTERM" in section

    def test_failure_classes_and_skip_reasons_are_listed_completely(self) -> None:
        """In the order of the code."""
        sentence = re.search(r"Failure classes: (.*?)\. Skip reasons: (.*?)\.", README, re.DOTALL)

        assert sentence is not None
        assert re.findall(r"`(\w+)`", sentence[1]) == [one.value for one in FailureClass]
        assert sorted(re.findall(r"`(\w+)`", sentence[2])) == sorted(SkipReason)

    def test_keys_of_the_report_that_are_named_exist(self) -> None:
        """The table names paths into the report."""
        report = a_report(a_result(), is_reconciled=True)
        report |= {"verdict": verdict_block(judge(report, Policy()))}
        cells = table_after("## The report")
        paths = [path for cell in cells for path in re.findall(r"`([\w.]+)(?:\[\])?`", cell)]

        assert {path.partition(".")[0] for path in paths} >= {"totals", "completeness", "organizations"}
        for path in paths:
            place: Any = report
            for key in path.split("."):
                assert key in place, path
                place = place[key]

    def test_parts_of_the_report_that_are_named_exist(self) -> None:
        """Below `completeness`, `errors`, `traffic` and the notes."""
        cells = table_after("## The report")
        report = a_report(a_result(pages=[], ending=None))
        counts = set(report["completeness"]["organizations"])
        named_errors = set(re.findall(r"`(\w+)`", cells["`errors[]`"]))

        assert set(re.findall(r"`(\w+)`", cells["`completeness`"])) == counts
        assert named_errors == {"class", "httpStatus", "message", "attempts", "requestId", "missing"}
        assert set(re.findall(r"`(\w+)`", cells["`traffic`"])) <= set(report["traffic"])
        assert set(re.findall(r"`(\w+)`", cells["`totals.notes`"])) <= set(NoteKind)


class TestConfiguration:
    def test_the_mistake_that_is_shown_is_told_in_these_words(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Copied from the program, not made up."""
        shown = next(line for line in README.splitlines() if line.startswith("auditor: auditor.toml:"))
        monkeypatch.chdir(tmp_path)
        Path("auditor.toml").write_text(
            '[limits]\nshaer = 0.5\n[[tenants]]\nname = "acme"\napi_key_env = "ACME_KEY"\n'
        )

        assert exit_code_of(["config", "check", "auditor.toml"]) == ExitCode.USAGE
        assert capsys.readouterr().err.splitlines() == [shown]

    def test_the_example_file_is_valid(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`config/auditor.toml` can be copied as it is."""
        assert exit_code_of(["config", "check", str(ROOT / "config" / "auditor.toml")]) == 0
        assert "the configuration is valid" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "name", sorted(set(re.findall(r"AUDITOR_[A-Z]+_[A-Z_]+", README)) - OTHER_VARIABLES)
    )
    def test_variables_that_are_named_are_obeyed(self, name: str) -> None:
        """Each belongs to a key of the configuration."""
        assert name in variable_paths()


async def test_paths_of_the_simulator_that_are_named_answer() -> None:
    """Other programs' tests may use them."""
    paths = set(re.findall(r"`(/simulator/\w+)`", README))

    assert paths
    async with Simulator(WorldSpec(1, 1, 1, AS_OF, "mixed")) as simulator:
        origin = simulator.base_url.removesuffix("/api/v1")
        async with aiohttp.ClientSession() as session:
            for path in paths:
                async with session.get(f"{origin}{path}") as response:
                    assert response.status == 200, path
