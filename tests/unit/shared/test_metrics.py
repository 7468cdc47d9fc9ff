from prometheus_client.parser import text_string_to_metric_families

from shared.metrics import Gauge, Metrics


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """As another reader of the format understands it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_counts_and_times_are_shown_with_what_stands_in_the_database() -> None:
    metrics = Metrics()
    for outcome in ("accepted", "accepted", "refused"):
        metrics.count("attempts", "Attempts", outcome=outcome)
    metrics.observe("attempt_seconds", "Time", 0.2, channel="mail")
    shown = samples(metrics.text([Gauge("waiting", "Waiting", 3, {"state": "queued"})]))
    assert shown["sealflow_attempts_total", (("outcome", "accepted"),)] == 2
    assert shown["sealflow_attempts_total", (("outcome", "refused"),)] == 1
    assert shown["sealflow_attempt_seconds_count", (("channel", "mail"),)] == 1
    assert shown["sealflow_waiting", (("state", "queued"),)] == 3


def test_gauges_of_one_name_are_one_family() -> None:
    gauges = [Gauge("waiting", "Waiting", n, {"state": s}) for n, s in ((1, "a"), (2, "b"))]
    text = Metrics().text(gauges).decode()
    assert text.count("# TYPE sealflow_waiting gauge") == 1


def test_two_services_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.count("attempts", "Attempts", outcome="accepted")
    assert ("sealflow_attempts_total", (("outcome", "accepted"),)) not in samples(other.text([]))
