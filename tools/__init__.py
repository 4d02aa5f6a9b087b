"""Commands for those who work on the course: `python -m tools.refresh` and its siblings."""
