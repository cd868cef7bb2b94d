"""A night under systemd, under cron and under Kubernetes."""

from __future__ import annotations

import re
import shlex
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from cronsim import CronSim

from auditor.settings.durations import parse_duration
from tests.recipes.reading import read_crontab, read_unit, read_yaml
from tests.recipes.stage import BROKEN, CONFIG, NIGHTS, ROOT, STRUCK, Night, Stage, ended, staged

pytestmark = pytest.mark.slow

EVERY_NIGHT = pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
RESULTS = {"report.json", "report.html", "auditor.prom", "history.sqlite"}

SERVICE = read_unit(CONFIG / "systemd" / "auditor.service")
CRONTAB = (CONFIG / "cron" / "auditor").read_text()
VARIABLES, JOBS = read_crontab(CRONTAB)
CLAIM, CRON_JOB = read_yaml(CONFIG / "kubernetes" / "cronjob.yaml")
JOB = CRON_JOB["spec"]["jobTemplate"]["spec"]
POD = JOB["template"]["spec"]
CONTAINER = POD["containers"][0]
COMMANDS = {
    "systemd": SERVICE["ExecStart"][0],
    "cron": JOBS[0].command,
    "kubernetes": " ".join(["auditor", *CONTAINER["args"]]),
}


async def start_by_systemd(stage: Stage) -> Process:
    """As the service starts it: credentials in a folder that the variable names."""
    (command,), (where,) = SERVICE["ExecStart"], SERVICE["WorkingDirectory"]
    name, _, _ = SERVICE["LoadCredential"][0].partition(":")
    stage.write_key(stage.keys / name, mode=0o440)  # systemd's own are no stricter
    pairs = (stage.here(line).partition("=") for line in SERVICE["Environment"])
    variables = {name: value for name, _, value in pairs}
    return await stage.start(
        *shlex.split(stage.here(command)),
        cwd=Path(stage.here(where)),
        variables=variables | {"CREDENTIALS_DIRECTORY": str(stage.keys)},
    )


async def start_by_cron(stage: Stage) -> Process:
    """As cron starts it: the line in the shell that the file names, with its variables and no others."""
    (job,) = JOBS
    variables = {
        name: stage.here(value) for name, value in VARIABLES.items() if name not in {"SHELL", "PATH"}
    }
    return await stage.start(
        VARIABLES["SHELL"], "-c", stage.here(job.command), path=VARIABLES["PATH"], variables=variables
    )


async def start_by_kubernetes(stage: Stage) -> Process:
    """As the image starts it: volumes mounted, files of the secret readable for the group."""
    (secret,) = (one["secret"] for one in POD["volumes"] if "secret" in one)
    stage.write_key(stage.keys / "meraki", mode=secret["defaultMode"])
    return await stage.start(
        *("auditor", *map(stage.here, CONTAINER["args"])),
        cwd=Path(stage.here(CONTAINER["workingDir"])),
        variables={one["name"]: stage.here(one["value"]) for one in CONTAINER["env"]},
    )


STARTS = (start_by_systemd, start_by_cron, start_by_kubernetes)


@EVERY_NIGHT
@pytest.mark.parametrize("start", STARTS, ids=lambda one: one.__name__)
async def test_a_night_ends_with_the_code_that_says_how_it_was(
    tmp_path: Path, night: Night, start: Callable[[Stage], Awaitable[Process]]
) -> None:
    """And leaves the report, the page, the metrics and the history wherever there was something to judge."""
    async with staged(tmp_path, night) as stage:
        done = await ended(await start(stage))

        assert done.code == night.code, done
        kept_before = {"history.sqlite"}  # opened before anything is fetched
        assert stage.results() & RESULTS == (RESULTS if night.is_judged else kept_before)
        assert night.key not in done.stdout + done.stderr


async def test_a_broken_rule_is_told_also_where_the_audit_is_incomplete(tmp_path: Path) -> None:
    """What is certain already is not put off."""
    async with staged(tmp_path, Night(1, ids=(BROKEN, STRUCK))) as stage:
        done = await ended(await start_by_systemd(stage))

        assert done.code == 1, done
        assert stage.report()["completeness"]["complete"] is False


async def test_a_night_without_an_audit_leaves_the_last_results_alone(tmp_path: Path) -> None:
    """Nothing is judged twice, and nothing old passes for new."""
    async with staged(tmp_path, NIGHTS["broken rule"]) as stage:
        first = await ended(await start_by_cron(stage))
        before = {name: (stage.state / name).read_bytes() for name in RESULTS}
        (stage.keys / "meraki").unlink()

        second = await ended(await start_by_cron(stage))

        assert (first.code, second.code) == (1, 2)
        assert {name: (stage.state / name).read_bytes() for name in RESULTS} == before


async def test_a_stopped_night_leaves_what_it_read_and_the_next_goes_on(tmp_path: Path) -> None:
    """`systemctl stop`, or a pod that is moved."""
    async with staged(tmp_path, NIGHTS["broken rule"], latency=0.4) as stage:
        process = await start_by_systemd(stage)
        while stage.simulator.stats["requests"] < 2:  # noqa: ASYNC110 - another process works up to it
            await anyio.sleep(0.01)
        process.terminate()
        stopped = await ended(process)
        report = stage.report()

        resumed = await ended(await start_by_systemd(stage))

        assert stopped.code == 143, stopped
        assert str(stopped.code) in SERVICE["SuccessExitStatus"]
        assert report["run"]["interrupted"] is not None
        assert resumed.code == 1, resumed
        assert stage.report()["completeness"]["complete"] is True


def test_every_scheduler_runs_the_same_audit() -> None:
    """Only the ways in which they are written differ."""
    commands = {
        name: re.findall(r"(?:--config .*?--deadline 3h)", command.replace("=", " ").replace("  ", " "))
        for name, command in COMMANDS.items()
    }
    said = {name: [" ".join(one.split()) for one in found] for name, found in commands.items()}

    assert all(len(found) == 1 for found in said.values())
    assert said["systemd"] == said["cron"] == said["kubernetes"]
    assert "--resume" in said["systemd"][0]


def deadline_of(scheduler: str) -> float:
    """The seconds of `--deadline`."""
    (text,) = re.findall(r"--deadline[ =](\w+)", COMMANDS[scheduler])
    return parse_duration(text)


class TestTime:
    """The audit ends by itself, and has the time to write what it has, before it is ended."""

    def test_under_systemd(self) -> None:
        """An oneshot service is ended by the timeout of its start."""
        assert SERVICE["Type"] == ["oneshot"]
        assert parse_duration(SERVICE["TimeoutStartSec"][0]) >= deadline_of("systemd") + 600

    def test_under_kubernetes(self) -> None:
        """A Job is ended by its active deadline, and tells the process some time before."""
        assert JOB["activeDeadlineSeconds"] >= deadline_of("kubernetes") + 600
        assert POD["terminationGracePeriodSeconds"] >= 60

    def test_under_cron(self) -> None:
        """Nobody ends it; the next night must find it ended."""
        assert deadline_of("cron") < 20 * 3600


class TestSystemd:
    def test_a_replaced_report_keeps_its_group(self) -> None:
        """The calls for that are privileged in systemd's lists, and taken back."""
        assert SERVICE["SystemCallFilter"][-2:] == ["~@privileged @resources", "@chown"]

    def test_a_missed_night_is_made_up_for(self) -> None:
        """And machines do not begin at once."""
        timer = read_unit(CONFIG / "systemd" / "auditor.timer")

        assert timer["Persistent"] == ["yes"]
        assert timer["RandomizedDelaySec"] == ["20min"]


class TestCron:
    def test_cron_reads_the_file(self) -> None:
        """No dot in the name, not for others to change, an end of the last line, no percent sign."""
        path = CONFIG / "cron" / "auditor"
        (job,) = JOBS

        assert re.fullmatch(r"[\w-]+", path.name)
        assert stat.S_IMODE(path.stat().st_mode) & 0o133 == 0
        assert CRONTAB.endswith("\n")
        assert re.search(r"(?<!\\)%", job.command) is None
        assert max(map(len, CRONTAB.splitlines())) < 998

    def test_it_runs_once_a_night(self) -> None:
        """By a reader of schedules that follows Debian's cron."""
        moments = list(islice(CronSim(JOBS[0].schedule, datetime(2026, 3, 1, tzinfo=UTC)), 5))

        assert {later - earlier for earlier, later in pairwise(moments)} == {moments[1] - moments[0]}
        assert (moments[1] - moments[0]).total_seconds() == 86_400

    @pytest.mark.parametrize("name", ["clean", "broken rule"])
    async def test_a_mail_comes_when_something_is_wrong(self, tmp_path: Path, name: str) -> None:
        """With the verdict in it; a quiet night is quiet, and its log is there."""
        async with staged(tmp_path, NIGHTS[name]) as stage:
            done = await ended(await start_by_cron(stage))

            log = (stage.state / "night.log").read_text()
            expected = f"auditor ended with 1\n{log}" if name == "broken rule" else ""
            assert done.stdout + done.stderr == expected
            assert "audited" in log


class TestKubernetes:
    def test_the_pod_meets_the_restricted_standard(self) -> None:
        """Of Kubernetes' own Pod Security Standards, and more."""
        context = CONTAINER["securityContext"]

        assert POD["securityContext"]["runAsNonRoot"] is True
        assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
        assert POD["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(POD)

    def test_keys_come_as_files_of_a_secret(self) -> None:
        """Not in the environment, where a child or a crash tells them; the folder is vouched for."""
        environment = {one["name"]: one["value"] for one in CONTAINER["env"]}
        mounts = {one["name"]: one for one in CONTAINER["volumeMounts"]}

        assert mounts["keys"]["readOnly"] is True
        assert environment["CREDENTIALS_DIRECTORY"] == mounts["keys"]["mountPath"]
        assert environment["AUDITOR_API_KEY_FILE"].startswith(mounts["keys"]["mountPath"])
        assert not any("secretKeyRef" in str(one) for one in CONTAINER["env"])

    def test_what_is_mounted_is_there(self) -> None:
        """Each mount has its volume, and the claim is the one above."""
        volumes = {one["name"]: one for one in POD["volumes"]}

        assert {one["name"] for one in CONTAINER["volumeMounts"]} == set(volumes)
        assert volumes["state"]["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]

    def test_one_at_a_time_and_a_result_is_not_tried_again(self) -> None:
        """Every exit code that the program ends with by itself, and no signal's."""
        first = JOB["podFailurePolicy"]["rules"][0]

        assert CRON_JOB["spec"]["concurrencyPolicy"] == "Forbid"
        assert first["action"] == "FailJob"
        assert first["onExitCodes"]["values"] == [1, 2, 3, 4, 70]
        assert first["onExitCodes"]["containerName"] == CONTAINER["name"]


class TestDockerfile:
    LINES = (CONFIG / "Dockerfile").read_text().replace("\\\n", " ").splitlines()

    def test_what_is_copied_is_there(self) -> None:
        """From the root of the clone."""
        sources = [
            word
            for line in self.LINES
            if line.startswith("COPY ") and "--from" not in line
            for word in line.split()[1:-1]
            if not word.startswith("--")
        ]

        assert sources == ["requirements.lock", "auditor"]
        assert [one for one in sources if not (ROOT / one).exists()] == []

    def test_it_runs_as_somebody_without_rights(self) -> None:
        """The user that the pod runs as, by number."""
        users = [line.split()[1] for line in self.LINES if line.startswith("USER ")]
        context = POD["securityContext"]

        assert users == [f"{context['runAsUser']}:{context['runAsGroup']}"]
        assert 'ENTRYPOINT ["auditor"]' in self.LINES
        assert "command" not in CONTAINER

    async def test_the_command_that_it_writes_is_the_program(self, tmp_path: Path) -> None:
        """The lines of its `printf`, with this interpreter."""
        (written,) = re.findall(r"RUN printf ('.+?') >", "\n".join(self.LINES))
        async with staged(tmp_path, NIGHTS["clean"]) as stage:
            launcher = stage.folder / "launcher"
            await stage.run("sh", "-c", f"printf {written} > {launcher}", variables={})

            done = await stage.run("python", str(launcher), "--version", variables={})

        assert done.code == 0, done
        assert done.stdout.startswith("auditor ")
