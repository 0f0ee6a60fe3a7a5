"""The command `zigloop page`."""

from pathlib import Path

import pytest

from tests.bridge.pages.samples import MODERN, page_of
from tests.support.paths import PAGES
from zigloop_bridge.pages.command import main


def test_a_page_that_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PAGES / "ZNCZ02LM.md")]) == 0
    assert capsys.readouterr().out == "The definition of ZNCZ02LM holds what its page promises.\n"


def test_a_page_that_is_not_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.md"
    path.write_text(page_of("ZNCZ02LM").replace("The unit of this value is `W`", "The unit of this value is `MW`"))
    assert main([str(path)]) == 1
    assert capsys.readouterr().out == "`power`: the page's unit is `MW`, the definition's `W`\n"


def test_a_page_of_a_product_without_a_definition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.md"
    path.write_text(MODERN)
    assert main([str(path)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("zigloop page: no definition of X-1/b exists; `zigloop page ")
    assert "--feature` writes a feature file to start from" in told


def test_a_file_that_is_not_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.md"
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == f"zigloop page: {path} can't be read: No such file or directory\n"
    path.write_text("hello")
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == (
        f"zigloop page: {path} is not a device page of Zigbee2MQTT: it has no table with a row Model\n"
    )
    path.write_bytes(b"\xff\xfe\x00")
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == f"zigloop page: {path} is not text in UTF-8\n"


def test_a_feature_is_written_and_never_over_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, feature = tmp_path / "page.md", tmp_path / "x.feature"
    page.write_text(MODERN)
    assert main([str(page), "--feature"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Feature: X-1/b, A thing | for tests\n")
    assert main([str(page), "--feature", "--output", str(feature)]) == 0
    assert feature.read_text(encoding="utf-8") == text
    assert main([str(page), "--feature", "--output", str(feature)]) == 2
    assert "already exists; remove it first" in capsys.readouterr().err
    assert main([str(page), "--feature", "--output", str(tmp_path / "no" / "x")]) == 2
    assert "can't be written: No such file or directory" in capsys.readouterr().err


def test_a_name_is_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["x", "--name", "my plug"])
    assert "'my plug' isn't one word" in capsys.readouterr().err


def test_an_output_without_a_feature_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([str(PAGES / "ZNCZ02LM.md"), "--output", str(tmp_path / "x.feature")])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.endswith("--output is for the feature: add --feature\n")
    assert not (tmp_path / "x.feature").exists()
