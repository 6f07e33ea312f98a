"""Kueue: its objects as ``kubectl get -o yaml`` prints them, and what they become (docs/adr/0027)."""
