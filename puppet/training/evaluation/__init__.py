"""Evaluation: metrics, and scoring of models and packs on clips."""
