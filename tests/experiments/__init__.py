"""Experiments that decide what a plan's defaults are; minutes to hours each, never part of the suite."""
