"""Tests of what stands between untrusted media and everything else."""
