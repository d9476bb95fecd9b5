"""Commands of the command line that need neither torch nor Qt, and the options they share."""
