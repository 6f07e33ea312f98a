"""The wire models: documents as users write them, field by field; the only home of pydantic.

Shape only: relations between fields are ``decode``'s, links between documents ``link``'s. Models are decoded and
dropped.
"""
