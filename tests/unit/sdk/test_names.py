"""Names that AWS takes."""

import sys

import pytest

from lambent.sdk.names import module_name, safe, shortened


@pytest.mark.parametrize(("text", "name"), [("shop.orders-take", "shop-orders-take"), ("Größe (neu)", "Gr-e-neu"), ("f", "f")])
def test_a_name_has_letters_and_digits_only(text, name):
    assert safe(text, 64) == name


def test_names_that_are_too_long_stay_different():
    long, other = shortened("x" * 64 + "1", 64), shortened("x" * 64 + "2", 64)
    assert len(long) == len(other) == 64
    assert long != other
    assert shortened("x" * 64, 64) == "x" * 64


def test_a_module_that_runs_has_the_name_that_it_is_imported_by(monkeypatch):
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__file__", "/somewhere/report.py", raising=False)
    monkeypatch.setattr(main, "__spec__", None)
    assert (module_name("__main__"), module_name("shop.app")) == ("report", "shop.app")
    monkeypatch.setattr(main, "__spec__", type("Spec", (), {"name": "shop.report"}))
    assert module_name("__main__") == "shop.report"
