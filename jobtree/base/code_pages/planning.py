"""JT5xx: planning. Refusals of the plan, and the reasons of its other decisions (semantics.md 5 and 7)."""

TITLES: dict[str, str] = {
    "JT501": "the fleet can never hold it",
    "JT502": "it starts beyond the horizon",
    "JT503": "the deadline would be missed",
    "JT504": "an upstream run never completes",
    "JT509": "it starts now on spare slots of others",
    "JT510": "it starts now",
    "JT511": "it waits for GPUs",
    "JT512": "it waits for budget",
    "JT513": "it waits for a window to open",
    "JT514": "it waits for an upstream run",
    "JT515": "it waits for the runs it starts with",
    "JT516": "it is running",
    "JT517": "it has finished",
    "JT518": "it has failed",
    "JT519": "it starts now, as its claim comes first",
    "JT520": "a promise slips",
    "JT521": "the plan is bounded, not proven",
    "JT522": "the solver failed and the constructive plan stands",
    "JT523": "the solver that the Fleet asks for is not installed",
}
