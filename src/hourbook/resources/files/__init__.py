"""Files: pictures that people upload."""
