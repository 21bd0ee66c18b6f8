"""Handlers of the routes: read, look up, translate, call one service, translate, answer."""
