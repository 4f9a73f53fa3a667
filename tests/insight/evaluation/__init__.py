"""Tests of services.insight.evaluation."""
