"""Export trained or imported models as packs; graphs are compared with the model before a pack is written."""
