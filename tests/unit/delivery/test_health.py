"""The health checks of deploy/ on objects of the compiler, with every status that the runtime core can come to."""

import pytest

from jobtree.load.crd_rules import NAMES
from jobtree.model.history import Phase
from jobtree.model.lease import ClosureReason
from jobtree.runtime.status import status_of
from tests.unit.delivery.health import expressions, flux_health, run_lua, scripts
from tests.unit.delivery.observed import closed, lease_status, leases, objects, run_status, with_status

FAILURES = {ClosureReason.NODE_FAILURE, ClosureReason.WORKLOAD_FAILED}


@pytest.mark.parametrize("kind", ["Budget", "Reservation", "Lease", "Run"])
def test_what_has_no_status_yet_is_healthy_and_says_what_it_is(kind: str) -> None:
    """A wave of Argo CD waits until all in it is Healthy; neither Suspended nor Progressing would end the wait."""
    found = objects(kind)
    assert len(found) > 2
    said = {run_lua(scripts()[kind], one) for one in found}
    assert {health for health, _ in said} == {"Healthy"}
    assert all(message for _, message in said)


def test_messages_say_what_people_look_for() -> None:
    def first(kind: str) -> str:
        return run_lua(scripts()[kind], objects(kind)[0])[1]

    assert first("Budget") == "org:lab:nlp: 1 envelope(s)"
    assert first("Lease") == "Active on a-01 until 2026-03-02T21:00:00Z"
    assert first("Reservation") == "8 GPUs from 2026-03-02T21:00:00Z, firm"
    assert first("Run") == "Pending: 16 GPUs"


@pytest.mark.parametrize("reason", ClosureReason)
def test_a_closed_lease_is_degraded_or_failed_only_if_something_broke(reason: ClosureReason) -> None:
    status = lease_status(closed(leases()[0], reason))
    lease = with_status(objects("Lease")[0], status)
    assert run_lua(scripts()["Lease"], lease) == (
        "Degraded" if reason in FAILURES else "Healthy",
        f"closed at 2026-03-02T21:00:00Z: {status['closureReason']}",
    )
    assert flux_health(expressions()["Lease"], lease) == ("Failed" if reason in FAILURES else "Current")


@pytest.mark.parametrize(
    ("past", "phase"),
    [(None, Phase.RUNNING), *((reason, None) for reason in ClosureReason if reason is not ClosureReason.RUN_DELETED)],
)
def test_a_run_is_degraded_if_it_failed(past: ClosureReason | None, phase: Phase | None) -> None:
    """The phase is what the runtime core makes of the run's leases."""
    lease = leases()[0]
    state = status_of([lease], []) if past is None else status_of([], [closed(lease, past)])
    assert phase is None or state.phase is phase
    run = with_status(objects("Run")[0], run_status(state))
    health, message = run_lua(scripts()["Run"], run)
    assert health == ("Degraded" if past is ClosureReason.WORKLOAD_FAILED else "Healthy")
    assert message == f"{run['status']['phase']}: 16 GPUs"


@pytest.mark.parametrize("kind", ["Budget", "Reservation", "Lease"])
def test_flux_does_not_wait_for_a_status(kind: str) -> None:
    for one in objects(kind):
        assert flux_health(expressions()[kind], one) == "Current"


def test_an_empty_or_open_status_is_no_failure() -> None:
    for status in ({}, {"closed": False}):
        lease = with_status(objects("Lease")[0], status)
        assert flux_health(expressions()["Lease"], lease) == "Current"
        assert run_lua(scripts()["Lease"], lease)[0] == "Healthy"


def test_a_naive_expression_would_wait_for_ever() -> None:
    """Why the expressions ask who wrote a status: naming one that is missing is an error, also within has()."""
    (lease, *_) = objects("Lease")
    for naive in ("has(status.closed) && status.closed", "status.closed"):
        with pytest.raises(RuntimeError, match="status"):
            flux_health({"failed": naive, "current": "true"}, lease)


@pytest.mark.parametrize(
    "script", ["return string.format('x')", "return ('x'):upper()", "return io.open('/etc/passwd')"]
)
def test_the_sandbox_is_as_closed_as_argo_cds(script: str) -> None:
    with pytest.raises(Exception, match="index"):
        run_lua(script, {})


def test_every_check_is_of_a_kind_that_is_delivered() -> None:
    assert set(scripts()) == {"Budget", "Reservation", "Lease", "Run"}
    assert set(expressions()) == {"Budget", "Reservation", "Lease"}
    assert set(scripts()) <= set(NAMES)
