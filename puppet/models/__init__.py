"""Motion models as nn.Modules: one file for each paper and one for the `face` model; their checkpoints and graphs."""
