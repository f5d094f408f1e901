"""What is counted, and how Prometheus reads it."""

from lambent.core.ports import Metrics
from lambent.gateway.metrics import Requests, prometheus


def test_requests_are_counted_by_service_operation_and_status() -> None:
    requests = Requests()
    requests.observe("lambda", "Invoke", 200, 0.002)
    requests.observe("lambda", "Invoke", 200, 0.002)
    requests.observe("lambda", "Invoke", 429, 0.001)
    lines = list(requests.lines())
    assert 'lambent_requests_total{service="lambda",operation="Invoke",status="200"} 2' in lines
    assert 'lambent_requests_total{service="lambda",operation="Invoke",status="429"} 1' in lines


def test_buckets_of_the_histogram_add_up() -> None:
    requests = Requests()
    for took_s in (0.0004, 0.002, 10_000.0):
        requests.observe("s3", "GetObject", 200, took_s)
    lines = list(requests.lines())
    assert 'lambent_request_seconds_bucket{service="s3",operation="GetObject",le="0.0005"} 1' in lines
    assert 'lambent_request_seconds_bucket{service="s3",operation="GetObject",le="0.0025"} 2' in lines
    assert 'lambent_request_seconds_bucket{service="s3",operation="GetObject",le="+Inf"} 3' in lines
    assert 'lambent_request_seconds_count{service="s3",operation="GetObject"} 3' in lines


def test_other_counters_are_written_with_their_labels() -> None:
    metrics = Metrics()
    metrics.add("cold_starts_total", runtime='python"3')
    metrics.add("environments_alive", 4)
    text = prometheus(Requests(), metrics)
    assert 'lambent_cold_starts_total{runtime="python\\"3"} 1\n' in text
    assert "# TYPE lambent_cold_starts_total counter\n" in text
    assert "# TYPE lambent_environments_alive gauge\nlambent_environments_alive 4\n" in text
