from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from auditor.cli import output
from auditor.cli.output import STDOUT, check_writable, write
from auditor.errors import SettingsError

REPORT = b'{"a": 1}\n'
MISSING = "nowhere/report.json"


@pytest.fixture
def rescue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, ours for once, where there is no state directory."""
    folder = tmp_path / "rescue"
    folder.mkdir()
    for name in ("HOME", "XDG_STATE_HOME", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


@pytest.fixture(params=[0o022, 0o000, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


class TestReplace:
    @pytest.mark.usefixtures("umask")
    def test_a_new_file_is_for_this_user_alone(self, folder: Path) -> None:
        """It holds names of customers and serials, whatever the umask allows."""
        target = folder / "report.json"

        write(REPORT, str(target))

        assert target.read_bytes() == REPORT
        assert target.stat().st_mode & 0o777 == 0o600
        assert list(folder.iterdir()) == [target]

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
    def test_a_replaced_file_keeps_its_mode(self, folder: Path, mode: int) -> None:
        """Who was let read yesterday's report may read today's, and nobody else."""
        target = folder / "report.json"
        target.write_bytes(b"yesterday's, and longer than today's")
        target.chmod(mode)

        write(REPORT, str(target))

        assert target.read_bytes() == REPORT
        assert target.stat().st_mode & 0o777 == mode

    def test_a_reader_that_has_the_old_report_open_goes_on_reading_it(self, folder: Path) -> None:
        """Replaced, not overwritten: nobody sees half of one and half of the other."""
        target = folder / "report.json"
        target.write_bytes(b"yesterday's")

        with target.open("rb") as reader:
            write(REPORT, str(target))
            assert reader.read() == b"yesterday's"

    def test_a_link_keeps_pointing_and_its_target_is_replaced(self, folder: Path, tmp_path: Path) -> None:
        """`latest.json` may be a link into an archive."""
        archived, link = tmp_path / "archived.json", folder / "latest.json"
        archived.write_bytes(b"old")
        link.symlink_to(archived)

        check_writable(str(link))
        write(REPORT, str(link))

        assert link.is_symlink()
        assert archived.read_bytes() == REPORT

    def test_the_whole_content_is_on_disk_before_it_takes_the_name(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Killed or without power at any point, the name leads to one whole report."""
        target, steps = folder / "report.json", list[str]()
        fsync, replace = os.fsync, os.replace

        def watched_fsync(descriptor: int) -> None:
            fsync(descriptor)
            steps.append(
                "folder synced" if os.path.samestat(os.fstat(descriptor), folder.stat()) else "synced"
            )

        def watched_replace(source: Path, destination: Path) -> None:
            assert Path(source).read_bytes() == REPORT
            assert Path(source).parent == target.parent
            replace(source, destination)
            steps.append("renamed")

        monkeypatch.setattr(os, "fsync", watched_fsync)
        monkeypatch.setattr(os, "replace", watched_replace)

        write(REPORT, str(target))

        assert steps == ["synced", "renamed", "folder synced"]

    @pytest.mark.parametrize("missing", ["open", "link"])
    def test_where_files_without_a_name_are_unknown_a_temporary_file_serves(
        self, folder: Path, missing: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An older file system, or a container without /proc: the same report, mode and tidiness."""
        target = folder / "report.json"
        target.write_bytes(b"yesterday's")
        target.chmod(0o640)
        really_open = os.open

        def unsupported(*arguments: Any, **_: Any) -> int:
            if missing == "link" or arguments[1] & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(95, "Operation not supported")
            return really_open(*arguments)

        monkeypatch.setattr(os, missing, unsupported)

        write([REPORT, REPORT], str(target))

        assert target.read_bytes() == REPORT * 2
        assert target.stat().st_mode & 0o777 == 0o640
        assert list(folder.iterdir()) == [target]

    def test_a_name_of_any_length_that_the_file_system_takes_will_do(self, folder: Path) -> None:
        """The temporary file's is not made from it."""
        target = folder / ("r" * 255)

        check_writable(str(target))
        write(REPORT, str(target))

        assert target.read_bytes() == REPORT

    def test_owner_and_group_are_kept_where_that_is_allowed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A report made once by root does not lock out whose report it is."""
        target, asked = folder / "report.json", list[tuple[int, int]]()
        target.write_bytes(b"old")
        old = target.stat()
        monkeypatch.setattr(os, "fchown", lambda _, owner, group: asked.append((owner, group)))

        write(REPORT, str(target))

        assert asked == [(old.st_uid, old.st_gid)]

    def test_a_group_that_cannot_be_kept_gets_no_more_than_everybody(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The mode was meant for another group."""
        target = folder / "report.json"
        target.write_bytes(b"old")
        target.chmod(0o664)
        monkeypatch.setattr(os, "fchown", full)

        write(REPORT, str(target))

        assert target.stat().st_mode & 0o777 == 0o644

    @pytest.mark.parametrize("step", ["fsync", "replace"])
    def test_an_interrupted_write_leaves_the_old_report_and_no_scraps(
        self, folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Ctrl-C at the worst moment costs nothing."""
        target = folder / "report.json"
        target.write_bytes(b"the last good one")
        monkeypatch.setattr(os, step, interrupted)

        with pytest.raises(KeyboardInterrupt):
            write(REPORT, str(target))

        assert target.read_bytes() == b"the last good one"
        assert list(folder.iterdir()) == [target]


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


class TestRescue:
    def test_a_report_that_cannot_be_written_is_kept_beside_its_place(
        self, folder: Path, rescue: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An hour of requests is not thrown away, nor put where a private /tmp vanishes with the service."""
        target = folder / "report.json"
        target.write_bytes(b"the last good one")
        monkeypatch.setattr(os, "replace", full)

        with pytest.raises(SettingsError) as raised:
            write(REPORT, str(target))

        (kept,) = set(folder.iterdir()) - {target}
        assert kept.read_bytes() == REPORT
        assert (kept.suffix, kept.stat().st_mode & 0o777) == (".json", 0o600)
        assert str(raised.value) == (
            f"--output {target}: cannot be written: No space left on device (the report was kept in {kept})"
        )
        assert target.read_bytes() == b"the last good one"
        assert list(rescue.iterdir()) == []

    def test_a_folder_that_vanished_meanwhile_costs_no_report(self, tmp_path: Path, rescue: Path) -> None:
        """It was there when the run began."""
        with pytest.raises(SettingsError, match=r"No such file or directory.*kept in"):
            write(REPORT, str(tmp_path / MISSING))

        (kept,) = rescue.iterdir()
        assert kept.read_bytes() == REPORT

    @pytest.mark.parametrize("name", ["page.html", "metrics.prom", "fleet.xlsx", "no-suffix"])
    def test_what_is_kept_elsewhere_ends_as_its_place_does(
        self, name: str, tmp_path: Path, rescue: Path
    ) -> None:
        """A page is opened by its suffix."""
        with pytest.raises(SettingsError, match="kept in"):
            write(REPORT, str(tmp_path / "nowhere" / name))

        (kept,) = rescue.iterdir()
        assert kept.suffix == (Path(name).suffix or ".json")

    @pytest.mark.parametrize(
        ("variable", "value", "place"),
        [
            ("STATE_DIRECTORY", "{}/auditor:{}/other", "auditor"),
            ("XDG_STATE_HOME", "{}", "auditor"),
            ("HOME", "{}", ".local/state/auditor"),
        ],
    )
    def test_the_state_directory_comes_before_the_temporary_files(
        self,
        variable: str,
        value: str,
        place: str,
        tmp_path: Path,
        rescue: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It outlasts the service, and is made for this user alone."""
        monkeypatch.setenv(variable, value.format(tmp_path, tmp_path))

        with pytest.raises(SettingsError, match="kept in"):
            write(REPORT, str(tmp_path / MISSING))

        (kept,) = (tmp_path / place).iterdir()
        assert kept.read_bytes() == REPORT
        assert (tmp_path / place).stat().st_mode & 0o777 == 0o700
        assert list(rescue.iterdir()) == []

    @pytest.mark.usefixtures("rescue")
    def test_where_nothing_can_be_written_the_message_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No promise of a file that is not there."""
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

        with pytest.raises(SettingsError, match="no other place could be written either"):
            write(REPORT, str(tmp_path / MISSING))

    def test_half_a_report_is_not_kept(
        self, folder: Path, rescue: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the other disk fills up as well, nobody finds something that looks like a report."""
        monkeypatch.setattr(os, "fsync", full)

        with pytest.raises(SettingsError, match="no other place could be written either"):
            write(REPORT, str(folder / "report.json"))

        assert [*folder.iterdir(), *rescue.iterdir()] == []

    def test_a_folder_in_the_place_of_the_file_is_not_touched(self, folder: Path, rescue: Path) -> None:
        """Somebody made one meanwhile."""
        with pytest.raises(SettingsError, match=r"Is a directory.*kept in"):
            write(REPORT, str(folder))

        assert list(folder.iterdir()) == []
        assert len([*folder.parent.glob("auditor-rescued-*")]) == 1


class TestStreams:
    async def test_a_named_pipe_is_written_to_and_stays_a_pipe(self, folder: Path) -> None:
        """Whoever listens at it gets the report."""
        pipe = folder / "pipe"
        os.mkfifo(pipe)
        read = list[bytes]()

        async def listen() -> None:
            read.append(await anyio.Path(pipe).read_bytes())

        check_writable(str(pipe))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            await anyio.to_thread.run_sync(write, REPORT, str(pipe))

        assert read == [REPORT]
        assert pipe.is_fifo()

    def test_an_inherited_descriptor_is_written_to(self) -> None:
        """As `>(...)` of a shell hands it over."""
        reading, writing = os.pipe()

        check_writable(f"/dev/fd/{writing}")
        write(REPORT, f"/dev/fd/{writing}")
        os.close(writing)

        with os.fdopen(reading, "rb") as reader:
            assert reader.read() == REPORT

    @pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}"])
    def test_a_descriptor_that_appends_to_a_file_appends(self, folder: Path, name: str) -> None:
        """What the shell opened with `>>` is neither replaced nor cut off."""
        target = folder / "all.json"
        target.write_bytes(b"yesterday's\n")

        with target.open("ab") as file:
            check_writable(name.format(file.fileno()))
            write(REPORT, name.format(file.fileno()))

        assert target.read_bytes() == b"yesterday's\n" + REPORT

    def test_a_device_counts_as_a_stream(self) -> None:
        """`--output /dev/null` as root must not replace the device. Asked only: a mistake would do it."""
        assert output.is_stream(Path(os.devnull))
        assert output.is_stream(Path("/dev/full"))

    def test_stdout_gets_the_bytes_as_they_are(self) -> None:
        """Also where they are no text in the locale's encoding."""
        data = "Müller\n".encode()
        script = f"from auditor.cli.output import write; write({data!r}, '-')"

        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", script],
            env={"PYTHONIOENCODING": "ascii"},
            stdout=subprocess.PIPE,
            check=True,
        )

        assert done.stdout == data

    def test_a_full_stdout_is_told_and_the_report_kept(self, rescue: Path) -> None:
        """`auditor run > /full/disk`."""
        script = (
            "from auditor.cli.output import write\nfrom auditor.errors import SettingsError\n"
            f"try: write({REPORT!r}, '-')\nexcept SettingsError as error: raise SystemExit(str(error))"
        )
        with Path("/dev/full").open("wb") as full_device:
            done = subprocess.run(  # noqa: S603 - our own code
                [sys.executable, "-c", script],
                env={"TMPDIR": str(rescue)},
                stdout=full_device,
                stderr=subprocess.PIPE,
                check=False,
            )

        (kept,) = rescue.iterdir()
        assert kept.read_bytes() == REPORT
        assert done.returncode == 1  # the script's; what is still buffered fails no second time
        assert done.stderr.decode().splitlines() == [
            f"stdout: cannot be written: No space left on device (the report was kept in {kept})"
        ]


class TestCheckWritable:
    @pytest.mark.parametrize("name", [STDOUT, "new.json", "old.json"])
    def test_what_can_be_written_passes_and_is_left_alone(
        self, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Looking is not touching. Relative paths count from where the user is."""
        (folder / "old.json").write_text("old")
        monkeypatch.chdir(folder)

        check_writable(name)

        assert [(one.name, one.read_text()) for one in folder.iterdir()] == [("old.json", "old")]

    def test_a_folder_is_no_file(self, folder: Path) -> None:
        """The usual slip with --output."""
        with pytest.raises(SettingsError) as raised:
            check_writable(str(folder))

        assert str(raised.value) == (f"--output: {folder} is a folder (give a file's path, or - for stdout)")

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("circle", "Too many levels of symbolic links"),
            ("r" * 256, "File name too long"),
            ("old.json/report.json", "Not a directory"),
            ("null\0", "embedded null byte"),
        ],
    )
    def test_what_is_no_path_is_told_before_anything_is_fetched(
        self, folder: Path, name: str, reason: str
    ) -> None:
        """No defect, and no surprise after an hour."""
        (folder / "circle").symlink_to(folder / "circle")
        (folder / "old.json").write_text("old")

        with pytest.raises(SettingsError, match=f"cannot be used: {reason}"):
            check_writable(str(folder / name))

    @pytest.mark.parametrize("descriptor", ["closed", "only read", "999999999"])
    def test_a_descriptor_that_takes_no_bytes_is_told(self, folder: Path, descriptor: str) -> None:
        """`--output /dev/fd/9` without `9>...`."""
        reading, writing = os.pipe()
        os.close(writing)
        number = {"closed": str(writing), "only read": str(reading)}.get(descriptor, descriptor)

        with pytest.raises(SettingsError, match=f"^--output: /dev/fd/{number} is not open for writing"):
            check_writable(f"/dev/fd/{number}")

        os.close(reading)

    @pytest.mark.parametrize("name", [STDOUT, "/dev/stdout", "/dev/fd/1"])
    def test_a_closed_stdout_is_told(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A report into nowhere is no success."""
        monkeypatch.setattr(sys, "__stdout__", None)

        with pytest.raises(SettingsError, match=r"^--output: stdout is not open for writing"):
            check_writable(name)

    def test_a_missing_folder_is_told_with_what_to_do(self, tmp_path: Path) -> None:
        """Before an hour is spent, and without making folders that nobody asked for."""
        with pytest.raises(SettingsError, match=r"does not exist.*mkdir -p"):
            check_writable(str(tmp_path / MISSING))

        assert list(tmp_path.iterdir()) == []

    def test_a_folder_without_the_right_to_write_is_told(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Root may write everywhere, so the system's answer is played."""
        monkeypatch.setattr(os, "access", lambda *_: False)

        with pytest.raises(SettingsError) as raised:
            check_writable(str(folder / "report.json"))

        assert str(raised.value) == f"--output: the folder {folder} is not writable by this user"
