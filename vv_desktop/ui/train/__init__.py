"""The Train page: plan, progress, curves and the runs that are kept."""
