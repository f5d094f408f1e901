"""Which code is given a zygote with boto3 imported ahead."""

from lambent.environments import flavour


def test_code_that_names_boto3_anywhere_wants_it(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "m.py").write_text("import importlib\nimportlib.import_module('boto3')\n")
    assert flavour.mentions_sdk([tmp_path])


def test_code_that_does_not_is_spared_it(tmp_path):
    (tmp_path / "app.py").write_text("import json\n")
    (tmp_path / "notes.txt").write_text("boto3")
    assert not flavour.mentions_sdk([tmp_path])


def test_a_layer_counts_too(tmp_path):
    for name, text in (("code", ""), ("layer", "import botocore.session")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.py").write_text(text)
    assert flavour.mentions_sdk([tmp_path / "code", tmp_path / "layer"])


def test_more_code_than_is_read_wants_it(tmp_path, monkeypatch):
    monkeypatch.setattr(flavour, "SCANNED_BYTES_MAX", 10)
    (tmp_path / "app.py").write_text("x = 1\n" * 10)
    assert flavour.mentions_sdk([tmp_path])
