"""Tests of services.insight."""
