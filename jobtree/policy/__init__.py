"""Floor 5: house rules, checked on the catalog before anything is planned.

Typed rules only. Findings are diagnostics: nothing here changes a catalog or a plan, reads a file or asks the clock.
"""
