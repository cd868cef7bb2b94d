from __future__ import annotations

import pytest

from auditor.engine.shared_budget import default_path


class TestDefaultPath:
    def test_hosts_and_ports_are_apart(self) -> None:
        """The vendor's regions count apart, and so do two simulators."""
        names = {
            default_path(host) for host in ("api.meraki.com", "api.meraki.ca", "127.0.0.1:1", "127.0.0.1:2")
        }

        assert len(names) == 4

    def test_it_does_not_depend_on_the_environment_of_a_shell(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A cron job has neither of these, and must find the same file."""
        before = default_path("api.meraki.com")
        monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/4242")
        monkeypatch.setenv("TMPDIR", "/var/tmp")  # noqa: S108 - only a name

        assert default_path("API.meraki.com") == before

    @pytest.mark.parametrize("host", ["../../etc/passwd", "a/b", "", "[::1]:80", "x" * 5000, "h\0st"])
    def test_no_host_leads_out_of_the_folder(self, host: str) -> None:
        """A host comes from the settings."""
        path = default_path(host)

        assert path.parent == default_path("api.meraki.com").parent
        assert path.name.endswith(".budget")
        assert len(path.name) < 255
