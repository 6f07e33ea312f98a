"""Failures, spares and endings: what becomes of leases while runs run (semantics.md 3, 9 and 10).

Decisions follow from the state of the world alone, never from the order in which it was observed. Nothing here reads,
writes, asks the time or knows a cluster: instants and classes are arguments, and every decision is a value.
"""
