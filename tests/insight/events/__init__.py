"""Tests of services.insight.events."""
