"""Floor 6: what would change a decision. Every suggestion is a change of the documents that was planned again.

Nothing here touches the world, and nothing is suggested that a plan has not shown to help.
"""
