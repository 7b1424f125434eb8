"""Environment variables are read by type; nonsense is refused by name."""
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from compliance.settings import env


def test_a_missing_variable_without_default_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_SECRET", raising=False)

    with pytest.raises(ImproperlyConfigured, match="set SOME_SECRET"):
        env.read_text("SOME_SECRET")


def test_a_secret_is_read_from_a_mounted_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("very secret\n", encoding="utf-8")
    monkeypatch.setenv("SOME_SECRET_FILE", str(secret))

    assert env.read_text("SOME_SECRET") == "very secret"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET_FILE", "/nowhere/at/all")

    with pytest.raises(ImproperlyConfigured, match="SOME_SECRET_FILE: cannot read"):
        env.read_text("SOME_SECRET")


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("ON", True), ("0", False), ("", True)]
)
def test_a_boolean_is_read_in_its_usual_spellings(
    monkeypatch: pytest.MonkeyPatch, text: str, *, value: bool
) -> None:
    monkeypatch.setenv("SOME_FLAG", text)

    assert env.read_bool("SOME_FLAG", default=True) is value


def test_nonsense_for_a_boolean_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_FLAG", "perhaps")

    with pytest.raises(ImproperlyConfigured, match="SOME_FLAG: expected true or false"):
        env.read_bool("SOME_FLAG", default=True)


@pytest.mark.parametrize("text", ["many", "1.5", "-1"])
def test_nonsense_for_an_integer_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SOME_NUMBER", text)

    with pytest.raises(ImproperlyConfigured, match="SOME_NUMBER: expected"):
        env.read_int("SOME_NUMBER", 3)


def test_a_list_drops_empty_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_LIST", "a, ,b,")

    assert env.read_list("SOME_LIST") == ["a", "b"]


def test_a_postgresql_address_becomes_database_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgresql://nine:f%40ld@db:5433/ninefold?sslmode=verify-full"
    monkeypatch.setenv("SOME_DATABASE", address)
    database = env.read_database("SOME_DATABASE", "")

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["NAME"], database["USER"], database["PASSWORD"]) == (
        "ninefold",
        "nine",
        "f@ld",
    )
    assert (database["HOST"], database["PORT"]) == ("db", "5433")
    assert database["OPTIONS"] == {"sslmode": "verify-full"}


def test_an_sqlite_address_names_its_file_and_commits_durably(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_DATABASE", "sqlite:////data/nine.sqlite3")
    database = env.read_database("SOME_DATABASE", "")

    assert database["NAME"] == "/data/nine.sqlite3"
    assert "synchronous=FULL" in str(database["OPTIONS"])


@pytest.mark.parametrize("address", ["mysql://db/x", "postgresql://db/", "", "nonsense"])
def test_another_database_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SOME_DATABASE", address)

    with pytest.raises(ImproperlyConfigured, match="SOME_DATABASE"):
        env.read_database("SOME_DATABASE", "")
