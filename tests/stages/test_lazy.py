"""A module that is imported when it is used."""

import sys

import pytest

from stages.lazy import lazy


def test_it_is_imported_with_its_first_use(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = lazy("slow_to_import")
    assert "slow_to_import" not in sys.modules
    assert module.answer == 42
    assert sys.modules.pop("slow_to_import").answer == 42


def test_what_is_missing_is_named_when_it_is_used():
    missing, itself = lazy("no_such_module"), lazy("stages.lazy")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _ = missing.answer
    with pytest.raises(AttributeError, match="question"):
        _ = itself.question
