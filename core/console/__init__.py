"""The console: pages for operators under one prefix, and the pages about each dialect's API.

A page is a Falcon resource in ``pages`` with a template in ``templates``. It reads and changes everything through the
services, as dialects do. ``steps`` signs operators in and guards every page, ``dialect`` puts it all together.
"""
