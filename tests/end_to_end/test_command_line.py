"""The program as its users run it: arguments, environment, files, pipes and signals."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import anyio
import jsonschema_rs
import pytest

from auditor.cli.main import exit_code_of
from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.truth import compare
from tests.end_to_end.driving import AS_OF_TEXT, KEY, a_world, auditor, ended, lasting, start_auditor

NOWHERE = "http://127.0.0.1:9/api/v1"
"""The discard port, where nobody listens."""


class TestRun:
    async def test_with_nothing_but_a_key_the_report_is_on_stdout(self) -> None:
        """The newcomer's first real command."""
        async with Simulator(a_world()) as simulator:
            done = await auditor("run", AUDITOR_BASE_URL=simulator.base_url, AUDITOR_AUDIT_AS_OF=AS_OF_TEXT)

        assert done.code == 0
        assert compare(simulator.truth, done.report) == []
        assert "organizations as of" in done.stderr

    async def test_a_file_is_written_as_a_whole_and_stdout_stays_empty(self, tmp_path: Path) -> None:
        """Readers see the old report or the new one, and no scraps beside it."""
        target = tmp_path / "report.json"
        target.write_text("the old one")
        async with Simulator(a_world()) as simulator:
            done = await auditor("run", "--base-url", simulator.base_url, "-o", str(target))

        assert (done.code, done.stdout) == (0, "")
        assert json.loads(target.read_text())["completeness"]["complete"] is True
        assert [path.name for path in tmp_path.iterdir()] == ["report.json"]

    async def test_the_configuration_file_is_obeyed_and_options_win(self, tmp_path: Path) -> None:
        """Option over environment over file over default."""
        config = tmp_path / "auditor.toml"
        async with Simulator(a_world()) as simulator:
            config.write_text(
                f'[audit]\nwindows_days = [7]\nas_of = "{AS_OF_TEXT}"\n'
                f'[[tenants]]\nname = "north"\napi_key_env = "NORTH_KEY"\nbase_url = "{simulator.base_url}"\n'
            )
            of_file = await auditor("run", "--config", str(config), NORTH_KEY=KEY)
            of_option = await auditor(
                "run", "--config", str(config), "--windows-days", "14,28", NORTH_KEY=KEY
            )

        assert of_file.report["windowsDays"] == [7]
        assert {one["tenant"] for one in of_file.report["organizations"]} == {"north"}
        assert of_option.report["windowsDays"] == [14, 28]

    async def test_a_selection_narrows_the_audit(self, tmp_path: Path) -> None:
        """By id, by file, by pattern; what was asked for and is not there is said."""
        async with Simulator(a_world(profile="per-device")) as simulator:
            ids = [one["id"] for one in simulator.world.organizations]
            listed = tmp_path / "orgs.txt"
            listed.write_text(f"# two of them\n{ids[1]}\n{ids[2]}\n")
            by_id = await auditor("run", "--base-url", simulator.base_url, "--org", ids[0], "--org", "999")
            by_file = await auditor("run", "--base-url", simulator.base_url, "--orgs-file", str(listed))
            by_stdin = await auditor(
                "run", "--base-url", simulator.base_url, "--orgs-file", "-", stdin=ids[3]
            )
            by_pattern = await auditor("run", "--base-url", simulator.base_url, "--exclude", "*")

        assert {one["id"]: one["error"] for one in by_id.report["organizations"]} == {
            ids[0]: None,
            "999": "notFound",
        }
        assert by_id.code == 3
        assert {one["id"] for one in by_file.report["organizations"]} == {ids[1], ids[2]}
        assert [one["id"] for one in by_stdin.report["organizations"]] == [ids[3]]
        assert (by_pattern.code, by_pattern.stdout) == (4, "")
        assert "none of the 12 organizations" in by_pattern.stderr

    async def test_either_form_of_the_key_header_is_accepted(self, tmp_path: Path) -> None:
        """Bearer by default; the vendor's own header where a proxy eats the first."""
        config = tmp_path / "auditor.toml"
        async with Simulator(a_world(), keys={KEY: None}) as simulator:
            config.write_text(
                f'[[tenants]]\nname = "n"\napi_key_env = "MERAKI_DASHBOARD_API_KEY"\n'
                f'base_url = "{simulator.base_url}"\nauth = "x-cisco-meraki-api-key"\n'
            )
            done = await auditor("run", "--config", str(config))

        assert done.code == 0

    async def test_a_partial_audit_ends_with_3_and_names_what_is_missing(self) -> None:
        """A gate can tell incomplete from complete, and a person why."""
        world = a_world(profile="per-device")
        async with Simulator(world) as simulator:
            victim = simulator.world.organizations[0]["id"]
        async with Simulator(
            world, faults=FaultPlan(organizations={victim: FaultKind.FORBIDDEN})
        ) as simulator:
            done = await auditor("run", "--base-url", simulator.base_url)

        assert done.code == 3
        assert done.report["completeness"]["failedByClass"] == {"forbidden": 1}
        assert "INCOMPLETE" in done.stderr
        assert victim in done.stderr

    async def test_a_refused_key_ends_with_4_and_writes_no_report(self, tmp_path: Path) -> None:
        """Nothing could be audited, and the last good report stays."""
        target = tmp_path / "report.json"
        target.write_text("the last good one")
        async with Simulator(a_world(), keys={"another key": None}) as simulator:
            done = await auditor("run", "--base-url", simulator.base_url, "-o", str(target))

        assert done.code == 4
        assert target.read_text() == "the last good one"
        assert "the API key was refused" in done.stderr

    async def test_an_unreachable_host_ends_with_4_and_says_where_it_knocked(self) -> None:
        """The server unplugged."""
        done = await auditor("run", "--base-url", NOWHERE, "--attempts", "1")

        assert (done.code, done.stdout) == (4, "")
        assert "127.0.0.1:9" in done.stderr
        assert "Traceback" not in done.stderr

    async def test_the_key_is_never_shown(self) -> None:
        """Whatever fails and however loud the logs are."""
        struck = dict.fromkeys(
            [one["id"] for one in Simulator(a_world()).world.organizations], FaultKind.UNAUTHORIZED
        )
        outputs = []
        async with Simulator(a_world(), faults=FaultPlan(organizations=struck)) as simulator:
            for arguments in (("run",), ("run", "--log-level", "debug"), ("orgs", "--log-level", "debug")):
                done = await auditor(*arguments, "--base-url", simulator.base_url)
                outputs += [done.stdout, done.stderr]
        refused = await auditor("run", "--base-url", NOWHERE, "--log-level", "debug", "--attempts", "1")

        assert KEY not in "".join([*outputs, refused.stdout, refused.stderr])


class TestEnds:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    async def test_a_signal_ends_the_run_with_a_partial_report(
        self, tmp_path: Path, number: signal.Signals, code: int
    ) -> None:
        """What was read is written first."""
        target = tmp_path / "report.json"
        world = a_world(40, 5, profile="uniform")
        async with Simulator(world, latency=0.2) as simulator:
            process = await start_auditor(
                "run", "--base-url", simulator.base_url, "-o", str(target), "--max-in-flight", "1"
            )
            while simulator.stats["requests"] < 4:  # noqa: ASYNC110 - another process works up to it
                await anyio.sleep(0.02)
            process.send_signal(number)
            done = await ended(process)

        report = json.loads(target.read_text())
        counts = report["completeness"]["organizations"]
        assert done.code == code
        assert report["run"]["interrupted"] == f"stopped by {number.name}"
        assert report["completeness"]["complete"] is False
        assert 0 < counts["audited"] < 40
        assert counts["selected"] == 40

    async def test_the_deadline_ends_the_run_with_3_and_a_partial_report(self) -> None:
        """Better a part in time than nothing."""
        world = a_world(200, 5, profile="uniform")
        async with Simulator(world, latency=0.3) as simulator:
            done = await auditor(
                "run", "--base-url", simulator.base_url, "--deadline", "2s", "--max-in-flight", "4"
            )

        assert done.code == 3
        assert done.report["completeness"]["failedByClass"].keys() == {"deadline"}
        assert "deadline" in done.stderr

    async def test_a_reader_that_goes_away_is_told_without_a_traceback(self) -> None:
        """`auditor run | head -1`."""
        reading, writing = os.pipe()
        async with Simulator(a_world()) as simulator:
            process = await start_auditor("run", "--base-url", simulator.base_url, stdout=writing)
            os.close(writing)
            os.close(reading)
            done = await ended(process)

        assert done.code == 2
        assert "Traceback" not in done.stderr
        assert "--output" in done.stderr


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "variables", "told"),
        [
            (("run", "--outptu", "x"), {}, "--output"),
            (("rnu",), {}, "run"),
            (("run",), {"MERAKI_DASHBOARD_API_KEY": ""}, "MERAKI_DASHBOARD_API_KEY"),
            (("run", "--as-of", "yesterday"), {}, "--as-of"),
            (("run", "--as-of", "2026-03-01T12:00:00"), {}, "offset"),
            (("run", "--share", "2"), {}, "--share"),
            (("run", "--deadline", "soon"), {}, "--deadline"),
            (("run", "--config", "missing.toml"), {}, "missing.toml"),
            (("run", "--orgs-file", "missing.txt"), {}, "missing.txt"),
            (("run", "--org", "not an id"), {}, "--org"),
            (("run", "--include", ""), {}, "--include"),
            (("run", "--output", "no/such/folder/report.json"), {}, "no/such/folder"),
            (("run", "--base-url", "http://api.example.com/api/v1"), {}, "https"),
            (("run",), {"AUDITOR_LIMITS_SHAER": "1"}, "AUDITOR_LIMITS_SHARE"),
            (("demo", "--as-of", "now"), {}, "--as-of"),
            (("simulate", "--host", "10.0.0.1"), {}, "127.0.0.0/8"),
            (("simulate", "--fault-org", "1=plague"), {}, "plague"),
            (("config", "check", "missing.toml"), {}, "missing.toml"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
    )
    def test_a_mistake_ends_with_2_and_says_what_to_do(
        self,
        arguments: tuple[str, ...],
        variables: dict[str, str],
        told: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Nothing is fetched, and the message names the place."""
        for name, value in ({"MERAKI_DASHBOARD_API_KEY": KEY} | variables).items():
            monkeypatch.setenv(name, value)

        code = exit_code_of(list(arguments))

        printed = capsys.readouterr()
        assert (code, printed.out) == (2, "")
        assert told in printed.err

    def test_every_mistake_of_a_file_is_told_at_once_with_its_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file is mended once, not error by error."""
        config = tmp_path / "auditor.toml"
        config.write_text('[limits]\nshaer = 0.5\nattempts = 0\n\n[[tenants]]\nname = ""\n')

        assert exit_code_of(["config", "check", str(config)]) == 2

        told = capsys.readouterr().err
        assert f"{config}:2" in told
        assert "share" in told
        assert f"{config}:3" in told
        assert f"{config}:6" in told


class TestOtherCommands:
    async def test_demo_audits_a_fleet_and_equals_its_truth(self) -> None:
        """The first thing a newcomer runs; 50 organizations at least, over real HTTP."""
        done = await auditor("demo", MERAKI_DASHBOARD_API_KEY="")

        assert done.code == 0
        assert done.report["completeness"]["organizations"]["audited"] >= 50
        assert "equals the simulator's truth" in done.stderr

    async def test_a_demo_with_detail_names_the_licenses_that_its_truth_does(self) -> None:
        """Each of them, and still every figure."""
        done = await auditor("demo", "--orgs", "20", "--licenses", "50", "--detail")

        assert done.code == 0, done.stderr
        assert any(one.get("attention") for one in done.report["organizations"])
        assert "equals the simulator's truth" in done.stderr

    async def test_two_demos_of_the_same_seed_and_time_are_the_same(self) -> None:
        """Reports can be compared byte by byte."""
        first, second = [
            await auditor("demo", "--orgs", "20", "--licenses", "50", "--as-of", AS_OF_TEXT) for _ in range(2)
        ]

        assert lasting(first.report) == lasting(second.report)

    async def test_simulate_serves_until_stopped_and_run_audits_it(self) -> None:
        """A server of its own, as another client's tests would use it."""
        process = await start_auditor("simulate", "--orgs", "10", "--licenses", "20", "--as-of", AS_OF_TEXT)
        assert process.stdout is not None
        base_url = (await process.stdout.receive()).decode().strip()
        audited = await auditor("run", "--base-url", base_url, "--as-of", AS_OF_TEXT)
        process.send_signal(signal.SIGTERM)
        served = await ended(process)

        assert audited.code == 0
        assert audited.report["completeness"]["organizations"]["seen"] == 10
        assert served.code == 0

    async def test_orgs_lists_what_the_key_sees_and_feeds_run(self, tmp_path: Path) -> None:
        """Its CSV and JSON are orgs files."""
        async with Simulator(a_world(profile="per-device")) as simulator:
            table = await auditor("orgs", "--base-url", simulator.base_url)
            listed = await auditor("orgs", "--base-url", simulator.base_url, "--format", "json")
            for form in ("csv", "json"):
                done = await auditor("orgs", "--base-url", simulator.base_url, "--format", form)
                file = tmp_path / f"orgs.{form}"
                file.write_text(done.stdout)
                audited = await auditor("run", "--base-url", simulator.base_url, "--orgs-file", str(file))
                assert audited.report["completeness"]["organizations"]["audited"] == 12

        assert table.code == 0
        assert len(table.stdout.splitlines()) == 13
        rows = json.loads(listed.stdout)
        assert [row["id"] for row in rows] == sorted(one["id"] for one in simulator.world.organizations)
        assert {row["licensingModel"] for row in rows} == {"per-device"}
        assert all("MERAKI_DASHBOARD_API_KEY" in row["key"] for row in rows)

    @pytest.mark.parametrize("form", ["csv", "json"])
    async def test_orgs_of_a_selection_feed_run_with_that_selection(self, form: str, tmp_path: Path) -> None:
        """A file that lists what a contract does not cover has none of it read."""
        file = tmp_path / f"orgs.{form}"
        async with Simulator(a_world(profile="per-device")) as simulator:
            ids = sorted(one["id"] for one in simulator.world.organizations)
            source = ("--base-url", simulator.base_url)
            listed = await auditor("orgs", *source, "--format", form, "--org", ids[1], "--org", ids[4])
            file.write_text(listed.stdout)
            audited = await auditor("run", *source, "--orgs-file", str(file))
            nothing = await auditor("orgs", *source, "--format", form, "--include", "no such name")
            file.write_text(nothing.stdout)
            refused = await auditor("run", *source, "--orgs-file", str(file))

        assert [one["id"] for one in audited.report["organizations"]] == [ids[1], ids[4]]
        assert refused.code == 2
        assert f"{file}: selects none of its 12 organizations" in refused.stderr

    async def test_schema_prints_schemas_that_are_schemas(self) -> None:
        """What other programs validate against."""
        for arguments in (("schema",), ("schema", "report"), ("schema", "config")):
            done = await auditor(*arguments)
            assert done.code == 0
            assert jsonschema_rs.meta.is_valid(json.loads(done.stdout))

    async def test_config_check_needs_no_key_and_no_network(self, tmp_path: Path) -> None:
        """Safe to run anywhere, before anything is deployed."""
        config = tmp_path / "auditor.toml"
        config.write_text('[[tenants]]\nname = "north"\napi_key_env = "NORTH_KEY"\n')
        done = await auditor("config", "check", str(config), MERAKI_DASHBOARD_API_KEY="")

        assert done.code == 0
        assert "valid" in done.stdout
        assert "NORTH_KEY" in done.stdout

    async def test_config_check_reads_the_policies(self, tmp_path: Path) -> None:
        """That for all and that of a tenant: how many rules and waivers there are."""
        policy = tmp_path / "policy.toml"
        policy.write_text('[[rules]]\nid = "a"\nfigure = "unused.total"\nmax = 0\n')
        config = tmp_path / "auditor.toml"
        config.write_text(
            f'[policy]\nfile = "{policy}"\n[[tenants]]\nname = "north"\napi_key_env = "NORTH_KEY"\n'
            f'policy = "{policy}"\n'
        )
        done = await auditor("config", "check", str(config))

        assert done.code == 0
        assert f"policy     {policy} (1 rule, 0 waivers)" in done.stdout
        assert f"policy of its own: {policy} (1 rule, 0 waivers)" in done.stdout

    async def test_version_and_help_import_nothing_heavy(self) -> None:
        """They answer at once because the audit's libraries stay on disk."""
        program = (
            "import sys; from auditor.cli.main import exit_code_of; code = exit_code_of(sys.argv[1:]);"
            "heavy = {'aiohttp', 'anyio', 'pydantic', 'rich', 'orjson'} & set(sys.modules);"
            "sys.exit(f'imported {heavy}' if heavy else code)"
        )
        for argument in ("--version", "--help"):
            done = await anyio.run_process([sys.executable, "-c", program, argument], check=False)
            assert (done.returncode, done.stderr) == (0, b"")


class TestSpeaking:
    async def test_logs_are_json_lines_when_asked_for(self) -> None:
        """For machines: one object per line, with the event's name."""
        async with Simulator(a_world()) as simulator:
            done = await auditor(
                "run", "--base-url", simulator.base_url, "--log-level", "info", "--log-format", "json"
            )

        events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
        assert events.count("organization_done") == 12
        assert "audit_planned" in events
        assert events[-1] == "audit_finished"

    async def test_by_default_nothing_is_logged_and_the_summary_is_all(self) -> None:
        """Quiet where nobody looks."""
        async with Simulator(a_world()) as simulator:
            done = await auditor("run", "--base-url", simulator.base_url)

        assert done.stderr.startswith("12 organizations as of")
        assert len(done.stderr.splitlines()) < 30
