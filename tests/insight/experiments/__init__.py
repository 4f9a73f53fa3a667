"""Tests of services.insight.experiments."""
