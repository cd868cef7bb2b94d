"""One audit from several addresses under Kubernetes: an Indexed Job for the parts, a Job that joins them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from auditor.settings.durations import parse_duration
from tests.end_to_end.driving import AS_OF_TEXT, Ended, lasting
from tests.recipes.reading import read_yaml
from tests.recipes.stage import CONFIG, Night, Stage, staged

pytestmark = pytest.mark.slow

RECIPE = CONFIG / "kubernetes" / "indexed-job.yaml"
TEXT = RECIPE.read_text()
CLAIM, PARTS, REPORT = read_yaml(RECIPE)
JOBS = pytest.mark.parametrize("job", [PARTS, REPORT], ids=["parts", "report"])
COUNT: int = PARTS["spec"]["completions"]
PLACEHOLDER = "REPLACED-BY-NOW"
EVERYTHING = Night(1, ids=())
"""The whole world, one organization of which answers 403, and rules that are broken."""


def pod_of(job: Mapping[str, Any]) -> dict[str, Any]:
    return dict(job["spec"]["template"]["spec"])


def container_of(job: Mapping[str, Any]) -> dict[str, Any]:
    (container,) = pod_of(job)["containers"]
    return dict(container)


async def run_part(stage: Stage, index: int, **changes: str) -> Ended:
    """As Kubernetes starts one pod: with the variable of its index, which it puts into the arguments too."""
    container = container_of(PARTS)
    environment = {one["name"]: stage.here(one["value"]) for one in container["env"]}
    environment = environment | {"AUDITOR_AUDIT_AS_OF": AS_OF_TEXT} | changes
    arguments = [stage.here(one.replace("$(JOB_COMPLETION_INDEX)", str(index))) for one in container["args"]]
    return await stage.run(
        "auditor",
        *arguments,
        cwd=Path(stage.here(container["workingDir"])),
        variables=environment | {"JOB_COMPLETION_INDEX": str(index)},
    )


async def run_report(stage: Stage) -> Ended:
    """As Kubernetes starts the pod that joins the parts."""
    container = container_of(REPORT)
    command = [*container["command"], *map(stage.here, container["args"])]
    return await stage.run(*command, cwd=Path(stage.here(container["workingDir"])), variables={})


async def run_at_once(stage: Stage) -> Ended:
    """The same audit from one address, judged, with its report in another file."""
    files = [f"--config={stage.etc}/auditor.toml", f"--policy={stage.etc}/policy.toml"]
    key = {"AUDITOR_API_KEY_FILE": str(stage.keys / "meraki")}
    return await stage.run("auditor", "run", *files, "--output=single.json", cwd=stage.folder, variables=key)


async def test_the_parts_become_the_report_and_its_verdict(tmp_path: Path) -> None:
    """That of one run: the same counts, the same code; a part that is incomplete is no reason to stop."""
    async with staged(tmp_path, EVERYTHING) as stage:
        codes = [(await run_part(stage, index)).code for index in range(COUNT)]
        done = await run_report(stage)
        single = await run_at_once(stage)
        whole = json.loads((stage.folder / "single.json").read_bytes())

        assert sorted(codes) == [0, 0, 3]
        assert (done.code, single.code) == (1, 1), done
        assert stage.report()["completeness"] == whole["completeness"]
        assert stage.report()["totals"] == whole["totals"]
        assert stage.results() == {"report.json", "report.html", *(f"part-{n}.json" for n in range(COUNT))}


async def test_nothing_is_fetched_before_the_moment_is_written_down(tmp_path: Path) -> None:
    """The message names the placeholder that is left."""
    async with staged(tmp_path, EVERYTHING) as stage:
        done = await run_part(stage, 0, AUDITOR_AUDIT_AS_OF=PLACEHOLDER)

        assert done.code == 2, done
        assert PLACEHOLDER in done.stderr
        assert stage.simulator.stats["requests"] == 0


async def test_a_part_of_another_night_is_refused_by_name(tmp_path: Path) -> None:
    """As where one failed tonight; the last joined report stays."""
    async with staged(tmp_path, EVERYTHING) as stage:
        for index in range(COUNT):
            await run_part(stage, index)
        await run_report(stage)
        before = lasting(stage.report())
        for index in range(COUNT - 1):
            await run_part(stage, index, AUDITOR_AUDIT_AS_OF="2026-03-02T12:00:00Z")

        done = await run_report(stage)

        assert done.code == 2, done
        assert f"part-{COUNT - 1}.json) differ in asOf" in done.stderr
        assert lasting(stage.report()) == before


async def test_parts_can_be_made_even_by_a_joined_report(tmp_path: Path) -> None:
    """Which the comment offers for the second night."""
    (option,) = re.findall(r"# - (--shard-sizes=\S+)", TEXT)
    async with staged(tmp_path, EVERYTHING) as stage:
        for index in range(COUNT):
            await run_part(stage, index)
        await run_report(stage)
        by_id = stage.report()
        container_arguments = container_of(PARTS)["args"]
        for index in range(COUNT):
            arguments = [one.replace("$(JOB_COMPLETION_INDEX)", str(index)) for one in container_arguments]
            done = await stage.run(
                "auditor",
                *map(stage.here, arguments),
                option,
                cwd=stage.state,
                variables={
                    "AUDITOR_API_KEY_FILE": str(stage.keys / "meraki"),
                    "JOB_COMPLETION_INDEX": str(index),
                },
            )
            assert done.code in {0, 3}, done
        await run_report(stage)

        assert lasting(without_request_ids(stage.report())) == lasting(without_request_ids(by_id))


def without_request_ids(report: dict[str, Any]) -> dict[str, Any]:
    return report | {"errors": [one | {"requestId": None} for one in report["errors"]]}


def test_every_number_of_parts_is_the_same() -> None:
    """As many at once as there are, and each is told how many; the places are marked."""
    arguments = container_of(PARTS)["args"]

    assert PARTS["spec"]["completionMode"] == "Indexed"
    assert PARTS["spec"]["parallelism"] == COUNT
    assert f"--shard={COUNT}" in arguments
    assert len(re.findall(rf"\b{COUNT} # N$", TEXT, re.MULTILINE)) == 3


def test_the_moment_is_written_down_once(tmp_path: Path) -> None:
    """By the line that the recipe gives, which makes a manifest that Kubernetes takes."""
    (line,) = re.findall(r"#\s+(sed .+?) \| kubectl apply", TEXT)
    (tmp_path / RECIPE.name).write_text(TEXT)

    done = subprocess.run(  # noqa: S603 - the recipe's own line
        ["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    _, parts, _ = done.stdout.split("\n---\n")
    assert PLACEHOLDER not in parts
    assert re.search(r"AUDITOR_AUDIT_AS_OF, value: 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ}", parts)
    assert "suspend: true" in done.stdout


def test_no_two_parts_share_a_node() -> None:
    """Nor the address by which it is left; the rule is about the pods that have it."""
    (rule,) = pod_of(PARTS)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]

    assert rule["topologyKey"] == "kubernetes.io/hostname"
    assert rule["labelSelector"]["matchLabels"] == PARTS["spec"]["template"]["metadata"]["labels"]
    assert REPORT["spec"]["template"]["metadata"]["labels"] != rule["labelSelector"]["matchLabels"]


def test_a_result_is_not_tried_again() -> None:
    """Every exit code that the program ends with by itself; of a part, it says nothing about the others."""
    for job, action in ((PARTS, "FailIndex"), (REPORT, "FailJob")):
        first, second = job["spec"]["podFailurePolicy"]["rules"]
        assert first["action"] == action
        assert first["onExitCodes"]["values"] == [1, 2, 3, 4, 70]
        assert first["onExitCodes"]["containerName"] == container_of(job)["name"]
        assert second["action"] == "Ignore"
    assert PARTS["spec"]["backoffLimitPerIndex"] > 0
    assert "maxFailedIndexes" not in PARTS["spec"]


def test_parts_end_by_themselves() -> None:
    """And have the time to write what they have, before they are ended."""
    (deadline,) = re.findall(r"--deadline=(\w+)", " ".join(container_of(PARTS)["args"]))

    assert PARTS["spec"]["activeDeadlineSeconds"] >= parse_duration(deadline) + 600
    assert pod_of(PARTS)["terminationGracePeriodSeconds"] >= 60


def test_the_second_job_waits() -> None:
    """Until somebody lets it go, as step 4 says."""
    assert REPORT["spec"]["suspend"] is True
    assert f"kubectl patch job {REPORT['metadata']['name']} -p " in TEXT
    assert f"kubectl get job {PARTS['metadata']['name']} " in TEXT


@JOBS
def test_pods_meet_the_restricted_standard(job: dict[str, Any]) -> None:
    """Of Kubernetes' own Pod Security Standards, and more; as the image's user."""
    pod, context = pod_of(job), container_of(job)["securityContext"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["readOnlyRootFilesystem"] is True
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


@JOBS
def test_what_is_mounted_is_there(job: dict[str, Any]) -> None:
    """Each mount has its volume; both Jobs write to the claim above, which many nodes may."""
    volumes = {one["name"]: one for one in pod_of(job)["volumes"]}

    assert {one["name"] for one in container_of(job)["volumeMounts"]} == set(volumes)
    assert volumes["parts"]["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]
    assert CLAIM["spec"]["accessModes"] == ["ReadWriteMany"]


def test_keys_are_where_they_are_needed() -> None:
    """As files of a secret, for those that ask the vendor alone."""
    environment = {one["name"]: one["value"] for one in container_of(PARTS)["env"]}
    mounts = {one["name"]: one for one in container_of(PARTS)["volumeMounts"]}

    assert mounts["keys"]["readOnly"] is True
    assert environment["CREDENTIALS_DIRECTORY"] == mounts["keys"]["mountPath"]
    assert environment["AUDITOR_API_KEY_FILE"].startswith(mounts["keys"]["mountPath"])
    assert "keys" not in {one["name"] for one in container_of(REPORT)["volumeMounts"]}


def validated(manifest: Path, version: str) -> str:
    """What a strict validator of Kubernetes *version* complains about."""
    done = subprocess.run(  # noqa: S603 - a package of the test extra
        [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, manifest],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


@pytest.mark.parametrize("version", ["1.31.0", "1.37.0"])
def test_kubernetes_takes_the_manifest(version: str) -> None:
    """By the strict schemas of the oldest version that it is for, and of a new one."""
    assert validated(RECIPE, version) == ""


def test_kubernetes_would_tell_a_mistake(tmp_path: Path) -> None:
    """The test above can fail."""
    wrong = tmp_path / RECIPE.name
    wrong.write_text(TEXT.replace("backoffLimitPerIndex: 2", "backoffLimitPerIndexes: 2"))

    assert "backoffLimitPerIndexes" in validated(wrong, "1.31.0")
