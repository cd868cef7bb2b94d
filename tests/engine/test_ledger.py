from __future__ import annotations

import errno
import math
import os
import stat
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.engine.ledger import (
    ADDRESS_SLOT,
    FILE_SIZE,
    HORIZON_SECONDS,
    LONGEST_HOLD_SECONDS,
    ORGANIZATION_SLOTS,
    Ledger,
    LedgerUnavailableError,
    Pace,
    organization_slot,
)

SLOT = organization_slot("L_1")
PACE = Pace(interval=1.0, tolerance=0.0)
LOGGED = Pace(interval=0.01, tolerance=0.025, limit=100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger can be made, folder and all."""
    return tmp_path / "auditor" / "host.budget"


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


class TestReservation:
    def test_reservations_of_all_processes_keep_their_distance(self, path: Path) -> None:
        """Two processes, one account: each waits its turn behind the other."""
        one, other = Ledger(path), Ledger(path)

        starts = [ledger.reserve(SLOT, PACE, 10.0).start for ledger in (one, other, one, other)]

        assert starts == [10.0, 11.0, 12.0, 13.0]

    def test_processes_of_different_pace_stay_within_the_faster_together(self, path: Path) -> None:
        """Everybody keeps his own interval free after his own request."""
        fast, slow = Ledger(path), Ledger(path)
        slow_pace = Pace(interval=2.0, tolerance=0.0)

        starts = [
            fast.reserve(SLOT, PACE, 10.0).start,
            slow.reserve(SLOT, slow_pace, 10.0).start,
            fast.reserve(SLOT, PACE, 10.0).start,
        ]

        assert starts == [10.0, 11.0, 13.0]

    def test_the_slower_limit_holds_again_once_the_faster_has_left(self, path: Path) -> None:
        """After a rest of a second, whoever comes is judged by his own limit."""
        ledger = Ledger(path)
        fast, slow = Pace(0.01, 0.0, limit=5), Pace(0.01, 0.0, limit=2)
        ledger.reserve(ADDRESS_SLOT, fast, 10.0)
        together = [ledger.reserve(ADDRESS_SLOT, slow, 10.0).start for _ in range(3)]

        alone = [ledger.reserve(ADDRESS_SLOT, slow, 15.0).start for _ in range(3)]

        assert together == pytest.approx([10.01, 10.02, 10.03])
        assert alone == pytest.approx([15.0, 15.01, 16.0])

    def test_organizations_have_accounts_of_their_own(self, path: Path) -> None:
        """What one organization spends does not slow another, nor the address."""
        ledger = Ledger(path)
        ledger.reserve(SLOT, PACE, 10.0)

        assert ledger.reserve(organization_slot("L_2"), PACE, 10.0).start == 10.0
        assert ledger.reserve(ADDRESS_SLOT, LOGGED, 10.0).start <= 10.0

    @pytest.mark.parametrize("pace", [PACE, LOGGED])
    def test_what_is_given_back_is_free_again(self, path: Path, pace: Pace) -> None:
        """Who gives up the latest reservation leaves no gap."""
        ledger = Ledger(path)
        ledger.reserve(ADDRESS_SLOT, pace, 10.0)
        unwanted = ledger.reserve(ADDRESS_SLOT, pace, 10.0)
        ledger.give_back(unwanted, 10.0)

        again = ledger.reserve(ADDRESS_SLOT, pace, 10.0)

        assert (again.start, again.number) == (unwanted.start, unwanted.number)

    def test_what_others_reserved_behind_is_not_moved(self, path: Path) -> None:
        """Giving back an earlier reservation must not let a later one be handed out twice."""
        ledger = Ledger(path)
        unwanted = ledger.reserve(SLOT, PACE, 10.0)
        ledger.reserve(SLOT, PACE, 10.0)
        ledger.give_back(unwanted, 10.0)

        assert ledger.reserve(SLOT, PACE, 10.0).start == 12.0

    @settings(max_examples=100, deadline=None)
    @given(gaps=st.lists(st.floats(0, 3), min_size=1, max_size=60), tolerance=st.floats(0, 3))
    def test_no_burst_exceeds_the_tolerance(
        self, tmp_path_factory: pytest.TempPathFactory, gaps: list[float], tolerance: float
    ) -> None:
        """However long the rest before, requests count at instants an interval apart."""
        ledger = Ledger(tmp_path_factory.mktemp("ledger") / "host.budget")
        now, starts = 10.0, []  # a file of zeros knows of no request, as one at the instant 0 would
        for gap in gaps:
            now += gap
            starts.append(ledger.reserve(SLOT, Pace(1.0, tolerance), now).start)
        ledger.close()

        assert all(later - earlier >= 1 - 1e-9 for earlier, later in pairwise(starts))

    @given(st.text())
    def test_every_organization_has_a_slot_and_never_the_address_s(self, organization_id: str) -> None:
        """An id is opaque text."""
        assert ADDRESS_SLOT < organization_slot(organization_id) <= ORGANIZATION_SLOTS

    def test_the_slot_of_an_organization_is_the_same_in_every_process(self) -> None:
        """Python's own hash is not: it is seeded per process."""
        assert organization_slot("537758") == 48_335


class TestHold:
    def test_a_hold_is_seen_by_the_others(self, path: Path) -> None:
        """One process drew a 429; the other begins nothing either."""
        one, other = Ledger(path), Ledger(path)
        one.hold(SLOT, 17.0, 10.0)

        assert other.held_until(SLOT, 10.0) == 17.0
        assert other.reserve(SLOT, PACE, 10.0).start == 17.0

    def test_a_hold_only_grows(self, path: Path) -> None:
        """A shorter one does not undo a longer one."""
        ledger = Ledger(path)
        ledger.hold(SLOT, 17.0, 10.0)
        ledger.hold(SLOT, 12.0, 10.0)

        assert ledger.held_until(SLOT, 10.0) == 17.0

    def test_nobody_can_hold_for_ever(self, path: Path) -> None:
        """A server that asks for a day stops the process that it asked, and not every other one."""
        ledger = Ledger(path)
        ledger.hold(SLOT, 90_000.0, 10.0)

        assert ledger.held_until(SLOT, 10.0) == 10.0 + LONGEST_HOLD_SECONDS


class TestDamage:
    @pytest.mark.parametrize("absurd", [1e9, math.inf, math.nan, 10.0 + HORIZON_SECONDS + 1, -math.inf])
    @pytest.mark.parametrize("slot", [ADDRESS_SLOT, SLOT])
    def test_an_absurd_instant_counts_as_none(self, path: Path, absurd: float, slot: int) -> None:
        """Written under another clock, or not by us: nobody waits for it."""
        Ledger(path).close()
        for offset in range(64, FILE_SIZE - 8, 8 * 8192):
            overwrite(path, offset, struct.pack("<d", absurd) * min(8192, (FILE_SIZE - offset) // 8))
        ledger = Ledger(path)

        starts = [ledger.reserve(slot, LOGGED, 10.0).start for _ in range(3)]

        assert starts == pytest.approx([9.975, 9.985, 9.995])
        assert ledger.held_until(slot, 10.0) <= 10.0

    @pytest.mark.parametrize(
        "content", [b"", b"something else", b"\xff" * FILE_SIZE, b"\0" * (FILE_SIZE + 1)]
    )
    def test_a_file_that_is_no_ledger_is_made_one(self, path: Path, content: bytes) -> None:
        """Of another format, of another boot, or torn."""
        path.parent.mkdir(mode=0o700)
        path.write_bytes(content)
        path.chmod(0o600)

        assert Ledger(path).reserve(SLOT, PACE, 10.0).start == 10.0
        assert path.stat().st_size == FILE_SIZE

    def test_a_ledger_of_another_boot_is_begun_anew(self, path: Path) -> None:
        """The clock began at zero again, so what is written there may lie ahead and look sound."""
        Ledger(path).hold(SLOT, 100.0, 10.0)
        overwrite(path, 20, b"another boot")

        assert Ledger(path).reserve(SLOT, PACE, 10.0).start == 10.0

    def test_a_sound_ledger_is_kept(self, path: Path) -> None:
        """Who comes second must not wipe what the first has written."""
        Ledger(path).hold(SLOT, 100.0, 10.0)

        assert Ledger(path).reserve(SLOT, PACE, 10.0).start == 100.0

    def test_a_file_that_was_cut_short_is_no_error(self, path: Path) -> None:
        """With a mapped file it would be the end of the process."""
        ledger = Ledger(path)
        os.truncate(path, 0)

        assert ledger.reserve(SLOT, PACE, 10.0).start == 10.0
        assert ledger.reserve(ADDRESS_SLOT, LOGGED, 10.0).start <= 10.0

    def test_a_file_that_was_removed_is_made_again(self, path: Path) -> None:
        """A clean-up of temporary files must not part the processes from each other."""
        early = Ledger(path)
        path.unlink()
        path.parent.rmdir()

        starts = [early.reserve(SLOT, PACE, 10.0).start, Ledger(path).reserve(SLOT, PACE, 10.0).start]

        assert starts == [10.0, 11.0]

    def test_a_file_that_cannot_be_made_again_now_is_made_later(self, path: Path) -> None:
        """One bad moment must not part the processes for the rest of a night."""
        ledger = Ledger(path)
        path.unlink()
        path.mkdir()  # nothing can be opened there
        for _ in range(2):
            with pytest.raises(LedgerUnavailableError):
                ledger.reserve(SLOT, PACE, 10.0)
        path.rmdir()

        starts = [ledger.reserve(SLOT, PACE, 10.0).start, Ledger(path).reserve(SLOT, PACE, 10.0).start]

        assert starts == [10.0, 11.0]


class TestTrust:
    def test_it_is_for_this_user_alone(self, path: Path) -> None:
        """Who may write there may stop every run."""
        Ledger(path).close()

        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_group_can_share_it(self, path: Path) -> None:
        """The nightly run and the CI check may be different users."""
        path.parent.mkdir()
        path.parent.chmod(0o2770)
        Ledger(path, is_group_shared=True).close()

        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert Ledger(path, is_group_shared=True).reserve(SLOT, PACE, 10.0).start == 10.0

    def test_a_symbolic_link_is_refused(self, path: Path, tmp_path: Path) -> None:
        """It could point at a file that matters, which would be overwritten."""
        precious = tmp_path / "precious"
        precious.write_bytes(b"precious")
        path.parent.mkdir(mode=0o700)
        path.symlink_to(precious)

        with pytest.raises(LedgerUnavailableError, match="symbolic link"):
            Ledger(path)
        assert precious.read_bytes() == b"precious"

    def test_a_linked_folder_is_refused(self, path: Path, tmp_path: Path) -> None:
        """The same one level up."""
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        path.parent.symlink_to(tmp_path / "elsewhere")

        with pytest.raises(LedgerUnavailableError):
            Ledger(path)
        assert not list((tmp_path / "elsewhere").iterdir())

    @pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o777, 0o600), (0o700, 0o666), (0o770, 0o600)])
    def test_what_others_can_write_is_refused(self, path: Path, folder_mode: int, file_mode: int) -> None:
        """Unless it was asked for."""
        Ledger(path).close()
        path.chmod(file_mode)
        path.parent.chmod(folder_mode)

        with pytest.raises(LedgerUnavailableError, match="can be written by other users"):
            Ledger(path)

    def test_what_belongs_to_somebody_else_is_refused(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody else made the folder first, under the name that ours would have."""
        Ledger(path).close()
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)

        with pytest.raises(LedgerUnavailableError, match="belongs to another user"):
            Ledger(path)

    def test_a_pipe_does_not_hang(self, path: Path) -> None:
        """Opening a pipe waits for its other end, unless told not to."""
        path.parent.mkdir(mode=0o700)
        os.mkfifo(path, 0o600)

        with pytest.raises(LedgerUnavailableError, match="not a regular file"):
            Ledger(path)

    def test_a_folder_that_cannot_be_made_is_a_reason(self, tmp_path: Path) -> None:
        """The message names the file and says why."""
        (tmp_path / "file").touch()

        with pytest.raises(LedgerUnavailableError, match=r"host\.budget: Not a directory"):
            Ledger(tmp_path / "file" / "auditor" / "host.budget")

    def test_a_full_disk_is_a_reason(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Sharing is a courtesy, not a condition."""

        def refuse(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "pwrite", refuse)

        with pytest.raises(LedgerUnavailableError, match="No space left"):
            Ledger(path)

    def test_no_file_stays_open_when_it_cannot_be_used(self, path: Path) -> None:
        """A run that goes on without must not leak."""
        path.parent.mkdir(mode=0o700)
        path.mkdir()
        before = len(list(Path("/proc/self/fd").iterdir()))

        with pytest.raises(LedgerUnavailableError):
            Ledger(path)
        assert len(list(Path("/proc/self/fd").iterdir())) == before
