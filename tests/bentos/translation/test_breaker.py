"""The circuit breaker."""

from bentos.translation.breaker import Breaker


def test_the_breaker_lets_one_trial_through_and_closes_again():
    now = [0.0]
    breaker = Breaker(2, 10, clock=lambda: now[0])
    breaker.failure()
    assert breaker.allow()
    breaker.failure()
    assert not breaker.allow()
    now[0] = 10.5
    assert breaker.allow()
    assert not breaker.allow()
    breaker.success()
    assert breaker.allow()
    breaker.failure(final=True)
    assert not breaker.allow()
