"""Settings are read strictly, and what would fail later fails first, in a sentence."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

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

    def test_float16_is_refused_with_the_reason(self) -> None:
        with pytest.raises(SettingsError, match=r"MARGAY_MODELS__PRECISION.*float16.*overflow"):
            checks.load_settings({"MARGAY_MODELS__PRECISION": "float16"})

    def test_does_not_look_at_the_real_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MARGAY_SERVER__PORT", "9999")
        assert checks.load_settings({}).server.port == 8000

    def test_a_misspelt_variable_is_refused_with_the_nearest_known_one(self) -> None:
        with pytest.raises(SettingsError, match="did you mean MARGAY_SERVER__PORT"):
            checks.load_settings({"MARGAY_SERVER_PORT": "9001"})

    def test_every_unknown_variable_is_named(self) -> None:
        with pytest.raises(SettingsError, match=r"MARGAY_A is .* MARGAY_ZZZZZ is not a setting"):
            checks.load_settings({"MARGAY_ZZZZZ": "1", "MARGAY_A": "1", "OTHER": "1"})

    def test_an_empty_variable_counts_as_not_set(self) -> None:
        names = list(checks.variables())
        assert checks.load_settings(dict.fromkeys(names, "")) == Settings()

    def test_a_secret_is_not_shown_when_it_is_refused(self) -> None:
        with pytest.raises(SettingsError) as refused:
            checks.load_settings({"MARGAY_AUTH__BOOTSTRAP_KEY": "hunter2"})
        assert "hunter2" not in refused.value.detail

    def test_every_secret_is_known_as_one(self) -> None:
        secret = {
            f"MARGAY_{group}__{name}".upper()
            for group, part in Settings()
            for name, value in part
            if isinstance(value, SecretStr)
        }
        urls = {
            "MARGAY_STORES__BROKER_URL",
            "MARGAY_STORES__DATABASE_URL",
        }  # with passwords in them
        assert secret | urls == checks.SECRETS

    def test_the_clients_variables_are_not_the_servers(self) -> None:
        checks.load_settings({"MARGAY_URL": "http://x", "MARGAY_API_KEY": "k"})

    @pytest.mark.parametrize(
        ("name", "value", "limit"),
        [
            ("MARGAY_SERVER__PORT", "70000", "65535"),
            ("MARGAY_SERVER__PORT", "eighty", "integer"),
            ("MARGAY_AUTH__BOOTSTRAP_KEY", "short", "24"),
            ("MARGAY_MEDIA__FETCH_ALLOWED_PORTS", "80,99999", "65535"),
            ("MARGAY_MEDIA__FETCH_ALLOWED_PORTS", "http", "integer"),
            ("MARGAY_INGEST__LEASE_S", "0", "greater than 0"),
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

    def test_a_host_that_is_not_this_machines_is_refused_with_the_reason(
        self, tmp_path: Path
    ) -> None:
        settings = Settings(server=Server(host="nowhere.invalid"), stores=Stores(data_dir=tmp_path))
        with pytest.raises(SettingsError, match=r"nowhere\.invalid cannot be used \((?!Unknown)"):
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
