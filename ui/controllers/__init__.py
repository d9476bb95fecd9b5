"""Controllers: connect widgets to the session, one for each feature."""
