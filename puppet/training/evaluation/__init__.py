"""Evaluation: metrics, and how a model or a pack is scored on clips."""
