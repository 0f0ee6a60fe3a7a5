"""Beside the golden vectors, anything at all: hypothesis makes up the bytes and the controls."""
