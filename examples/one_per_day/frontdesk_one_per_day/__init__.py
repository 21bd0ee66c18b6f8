"""Lets a customer have one booking a day, whatever the service."""
