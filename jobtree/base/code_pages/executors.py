"""JT17x: planning on other machines."""

TITLES: dict[str, str] = {
    "JT171": "the Dask cluster cannot be used",
    "JT172": "the Dask cluster would plan differently",
}
