"""Metrics of all processes, whose number no client can make grow."""


def test_metrics_have_bounded_labels(client):
    for i in range(20):
        client.get(f"/made-up-{i}")
    client.get("/health")
    text = client.get("/metrics").text
    assert "made-up" not in text
    assert 'islr_requests_total{route="/health",status="200"}' in text
