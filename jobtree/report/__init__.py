"""Floor 5: a compiled tree as one HTML page. No decision is made here, and nothing is read, written or asked.

``plan.json + catalog + ledger -> PageData -> JSON -> HTML``. The files of the page are in ``page/``: plain JavaScript
modules and one style sheet, which ``document`` puts into the HTML with a policy that lets nothing else run.
"""
