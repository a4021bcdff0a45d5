"""Tags: words that group time entries across projects."""
