import pytest
from click.testing import CliRunner

from features.domain import InputError
from serving.cli import main
from serving.cli.demo import Recipe


def test_a_new_folder_holds_no_demo(tmp_path):
    assert not Recipe(1_000, 1).is_made(tmp_path / "new")
    assert not Recipe(1_000, 1).is_made(tmp_path)


def test_only_a_whole_demo_of_the_same_recipe_is_served_again(tmp_path):
    Recipe(1_000, 1).write(tmp_path, complete=False)
    assert not Recipe(1_000, 1).is_made(tmp_path)
    Recipe(1_000, 1).write(tmp_path, complete=True)
    assert Recipe(1_000, 1).is_made(tmp_path)
    assert not Recipe(1_000, 2).is_made(tmp_path)


def test_a_folder_of_somebody_else_is_never_started_over(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty and no demo"):
        Recipe(1_000, 1).is_made(tmp_path)
    answer = CliRunner().invoke(main, ["demo", str(tmp_path), "--port", "39913"])
    assert answer.exit_code == 2
    assert (tmp_path / "thesis.txt").read_text() == "mine"
