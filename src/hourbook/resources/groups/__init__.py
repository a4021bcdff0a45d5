"""User groups: people named together, to be put on projects and tasks at once."""
