"""Measured scenarios, runnable by anyone: `make bench`. Figures are ratios within one run."""
