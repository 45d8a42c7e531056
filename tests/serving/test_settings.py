import pytest

from features.domain import InputError
from serving.settings import Settings, service_environment


def test_an_empty_environment_gives_the_defaults():
    assert Settings.from_environment({}) == Settings()


def test_a_setting_is_read_from_its_name():
    assert Settings.from_environment({"LEADSCORE_PORT": "3100", "HOME": "/x"}).port == 3100


@pytest.mark.parametrize(
    ("name", "value"),
    [("LEADSCORE_PORT", "http"), ("LEADSCORE_PORT", "70000"), ("LEADSCORE_PROT", "1"), ("LEADSCORE_LOG_LEVEL", "loud")],
)
def test_a_bad_setting_is_named(name, value):
    with pytest.raises(InputError, match=name):
        Settings.from_environment({name: value})


def test_settings_survive_the_way_into_a_process():
    settings = Settings(workspace="/w", port=3100, workers=2)
    assert Settings.from_environment(settings.as_environment()) == settings


def test_bentoml_is_kept_silent_and_inside_the_workspace(tmp_path):
    environment = service_environment(Settings(), tmp_path)
    assert environment["BENTOML_DO_NOT_TRACK"] == "true"
    assert environment["BENTOML_HOME"] == str(tmp_path)


def test_secrets_of_crms_are_not_printed():
    rows = {row["name"]: row["value"] for row in Settings(inbound_secrets="acme=whsec_hidden").table()}
    assert rows["LEADSCORE_INBOUND_SECRETS"] == "***"
    assert {row["name"]: row["value"] for row in Settings().table()}["LEADSCORE_INBOUND_SECRETS"] == ""


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "store_url"
    file.write_text("postgresql://leadscore:hidden@database/leadscore\n")
    settings = Settings.from_environment({"LEADSCORE_STORE_URL_FILE": str(file)})
    assert settings.store_url == "postgresql://leadscore:hidden@database/leadscore"
    assert Settings.from_environment(settings.as_environment()) == settings
    for environment in (
        {"LEADSCORE_STORE_URL_FILE": str(file), "LEADSCORE_STORE_URL": "sqlite:////x"},
        {"LEADSCORE_STORE_URL_FILE": str(tmp_path / "absent")},
        {"LEADSCORE_PORT_FILE": str(file)},
    ):
        with pytest.raises(InputError, match="_FILE"):
            Settings.from_environment(environment)
