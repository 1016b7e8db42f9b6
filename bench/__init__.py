"""Measurements that the README quotes. Each prints the machine it ran on; none is a test."""
