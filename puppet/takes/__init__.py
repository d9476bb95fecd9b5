"""Takes: a recording's picture, sound and motion in one folder, which can be rendered again."""
