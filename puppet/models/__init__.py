"""The motion models as pure nn.Modules, a paper (or a system of our own) a module."""
