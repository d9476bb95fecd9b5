"""Controllers: between the widgets and the session, one for each capability."""
