"""Settings are read strictly, and what would fail later fails first, in a sentence."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from services.core import checks
from services.core.errors import SettingsError
from services.core.settings import Server, Settings, Stores


class TestLoadSettings:
    def test_nothing_set_gives_the_defaults(self) -> None:
        assert checks.load_settings({"PATH": "/bin"}) == Settings()

    def test_reads_each_group_and_type(self) -> None:
        settings = checks.load_settings(
            {
                "MARGAY_SERVER__PORT": "9001",
                "MARGAY_MEDIA__FETCH_ALLOWED_PORTS": "80,8080",
                "MARGAY_INGEST__IMPORT_ROOTS": "/a,/b",
                "MARGAY_MEDIA__FETCH_TIMEOUT_S": "2.5",
                "MARGAY_AUTH__BOOTSTRAP_KEY": "x" * 24,
            }
        )
        assert settings.server.port == 9001
        assert settings.media.fetch_allowed_ports == (80, 8080)
        assert settings.ingest.import_roots == (Path("/a"), Path("/b"))
        assert settings.media.fetch_timeout_s == 2.5
        assert settings.auth.bootstrap_key.get_secret_value() == "x" * 24

    def test_does_not_look_at_the_real_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MARGAY_SERVER__PORT", "9999")
        assert checks.load_settings({}).server.port == 8000

    def test_a_misspelt_variable_is_refused_with_the_nearest_known_one(self) -> None:
        with pytest.raises(SettingsError, match="did you mean MARGAY_SERVER__PORT"):
            checks.load_settings({"MARGAY_SERVER_PORT": "9001"})

    def test_the_clients_variables_are_not_the_servers(self) -> None:
        checks.load_settings({"MARGAY_URL": "http://x", "MARGAY_API_KEY": "k"})

    @pytest.mark.parametrize(
        ("name", "value", "limit"),
        [
            ("MARGAY_SERVER__PORT", "70000", "65535"),
            ("MARGAY_SERVER__PORT", "eighty", "integer"),
            ("MARGAY_AUTH__BOOTSTRAP_KEY", "short", "24"),
        ],
    )
    def test_a_bad_value_names_the_variable_and_the_limit(
        self, name: str, value: str, limit: str
    ) -> None:
        with pytest.raises(SettingsError) as refused:
            checks.load_settings({name: value})
        assert name in refused.value.detail
        assert limit in refused.value.detail


class TestBeforeServing:
    def test_a_port_in_use_is_named_with_a_way_out(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            settings = Settings(server=Server(port=port), stores=Stores(data_dir=tmp_path))
            with pytest.raises(SettingsError, match=f"port {port}.*--port"):
                checks.before_serving(settings)
        checks.before_serving(settings)

    def test_a_data_folder_that_is_a_file_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        with pytest.raises(SettingsError, match="MARGAY_STORES__DATA_DIR"):
            checks.before_serving(Settings(stores=Stores(data_dir=file)))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_read_only_data_folder_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(SettingsError, match="cannot be written to"):
            checks.before_serving(Settings(stores=Stores(data_dir=tmp_path)))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("example.com", False),
    ],
)
def test_only_loopback_is_loopback(host: str, loopback: bool) -> None:
    assert checks.is_loopback(host) is loopback
