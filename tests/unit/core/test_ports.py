"""The small data of the ports."""

from lambent.core.ports import Metrics, RuntimeUnavailable, queue_url


def test_a_queue_is_found_by_its_account_and_name():
    assert queue_url("http://localhost:4566", "111122223333", "q") == "http://localhost:4566/111122223333/q"


def test_metrics_add_up_per_name_and_labels():
    metrics = Metrics()
    metrics.add("requests", service="lambda")
    metrics.add("requests", 2, service="lambda")
    metrics.add("requests", service="logs")
    assert metrics.values == {("requests", (("service", "lambda"),)): 3.0, ("requests", (("service", "logs"),)): 1.0}


def test_a_missing_runtime_says_what_to_install():
    assert str(RuntimeUnavailable("python3.14", "install it")) == "python3.14 is not available: install it"
