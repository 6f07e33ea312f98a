"""What runs in HiGHS's own process: the only file that knows highspy.

    python -m jobtree.adapters.highs_child [--version]

Reads a problem as JSON and writes an answer as JSON: how HiGHS ended, the objective, a value for each column. One
thread, a fixed seed, gap 0, a node limit and no clock. Presolve is off: of what HiGHS has got wrong in small integer
programs, most came from there.
"""

import json
import os
import sys
from itertools import accumulate
from typing import Any

import highspy

FIXED = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
    "presolve": "off",
}
"""Of its limits, time and memory have none by default."""
new: Any = highspy.Highs
"""Its constructor has no types."""


def main(arguments: list[str]) -> None:
    """One answer. Raises whatever goes wrong: the exit code is all that the parent sees of it."""
    answer = os.dup(sys.stdout.fileno())
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - whatever the library prints is not the answer
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    text = new().version() if arguments == ["--version"] else json.dumps(_solved(json.load(sys.stdin)))
    with os.fdopen(answer, "w") as output:
        output.write(text + "\n")


def _solved(asked: dict[str, Any]) -> dict[str, Any]:
    solver = new()
    for name, value in {**FIXED, "mip_max_nodes": asked["nodes"]}.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(name)
    if solver.passModel(_model(asked)) != highspy.HighsStatus.kOk:
        raise ValueError("a model that HiGHS takes only in part")
    solver.run()
    return {
        "status": solver.getModelStatus().name.removeprefix("k"),
        "objective": solver.getInfo().objective_function_value,
        "values": list(solver.getSolution().col_value),
    }


def _model(asked: dict[str, Any]) -> highspy.HighsLp:
    columns, rows = asked["columns"], asked["rows"]
    costs = [0.0] * len(columns)
    for column, cost in asked["objective"]:
        costs[column] = float(cost)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(columns), len(rows)
    model.col_cost_ = costs
    model.col_lower_, model.col_upper_ = [lower for lower, _ in columns], [upper for _, upper in columns]
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    model.row_lower_ = [-highspy.kHighsInf if relation == "<=" else limit for _, relation, limit in rows]
    model.row_upper_ = [highspy.kHighsInf if relation == ">=" else limit for _, relation, limit in rows]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = list(accumulate((len(terms) for terms, _, _ in rows), initial=0))
    model.a_matrix_.index_ = [column for terms, _, _ in rows for column, _ in terms]
    model.a_matrix_.value_ = [value for terms, _, _ in rows for _, value in terms]
    return model


if __name__ == "__main__":
    main(sys.argv[1:])
