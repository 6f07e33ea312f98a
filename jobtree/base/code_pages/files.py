"""JT15x and JT16x: finding the files of a fleet repository, and asking git about them."""

TITLES: dict[str, str] = {
    "JT151": "a symbolic link leaves the repository",
    "JT152": "a file cannot be read",
    "JT153": "a file's name is not UTF-8",
    "JT154": "too many files",
    "JT155": "there is no fleet repository here",
    "JT161": "the clone is shallow",
    "JT162": "git cannot be asked",
    "JT163": "no such base revision",
}
