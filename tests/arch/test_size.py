"""Small files, small functions: the size laws of docs/ARCHITECTURE.md."""

from statistics import median

from tests.arch.source import functions, line_count, modules

LONGEST_FILE, MEDIAN_FILE = 300, 150
LONGEST_FUNCTION, MEDIAN_FUNCTION = 50, 10
MOST_PARAMETERS = 6
DUMPING_GROUNDS = {"utils", "util", "helpers", "common", "misc", "base_classes", "manager", "handlers"}


def sizes_of_functions() -> dict[str, int]:
    return {
        f"{path}:{function.lineno} {function.name}": function.end_lineno - function.lineno + 1
        for path, tree in modules().items()
        for function in functions(tree)
        if function.end_lineno is not None
    }


def test_files_are_small() -> None:
    sizes = {path: line_count(path) for path in modules()}
    assert {path: size for path, size in sizes.items() if size > LONGEST_FILE} == {}
    assert median(sizes.values()) <= MEDIAN_FILE


def test_functions_are_small() -> None:
    sizes = sizes_of_functions()
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}
    assert median(sizes.values()) <= MEDIAN_FUNCTION


def test_functions_have_few_parameters() -> None:
    crowded = {
        f"{path}:{function.lineno} {function.name}"
        for path, tree in modules().items()
        if not path.startswith("jobtree/cli/")  # a command's parameters are its flags
        for function in functions(tree)
        if len([*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]) > MOST_PARAMETERS + 1
    }
    assert crowded == set()


def test_no_file_is_a_dumping_ground() -> None:
    assert [path for path in modules() if path.removesuffix(".py").split("/")[-1] in DUMPING_GROUNDS] == []


def test_every_package_says_what_may_not_enter() -> None:
    import ast

    silent = [path for path, tree in modules().items() if ast.get_docstring(tree) is None]
    assert silent == []
