"""Titles of diagnostic codes, one module for each block of a hundred."""
