"""Carillon: SMS campaigns with a recorded outcome for every recipient."""
