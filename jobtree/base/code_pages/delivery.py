"""JT75x and JT76x: what delivers the output to clusters."""

TITLES: dict[str, str] = {
    "JT751": "leases are deleted and made anew",
    "JT752": "manifests are applied from the client",
    "JT753": "open leases may be pruned",
    "JT754": "a failed delivery is given up",
    "JT755": "leases are tracked by a label",
    "JT756": "leases get another name or namespace",
    "JT757": "a patch changes a published spec",
    "JT758": "differences are ignored",
    "JT759": "too many objects for one Application",
    "JT760": "an object is too large for a cluster",
    "JT761": "an empty output would delete every lease",
    "JT762": "deleting the delivery deletes the leases",
    "JT763": "what is deleted by hand stays deleted",
    "JT764": "what ended is deleted before what begins is applied",
    "JT765": "nothing delivers the output",
}
