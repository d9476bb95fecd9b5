"""Commands of the command line that need torch: `packs import`, `packs export` and `train`."""
